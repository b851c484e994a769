import { describe, expect, it } from 'vitest'
import { absoluteUrl, splitTarget } from './request-target.ts'

describe('splitTarget', () => {
  it.each<[string, string, string | undefined]>([
    ['/a/b', '/a/b', undefined],
    ['/a?x', '/a', 'x'],
    ['/a?', '/a', undefined],
    ['/a?x=1?y#z', '/a', 'x=1?y'],
    ['//host/p?x', '//host/p', 'x'],
    ['/%zz/../a b', '/%zz/../a b', undefined],
    ['http://user@host:1/p?x', '/p', 'x'],
    ['http://host', '/', undefined],
    ['http://host?x', '/', 'x'],
    ['*', '*', undefined],
    ['host:443', 'host:443', undefined],
    ['', '/', undefined],
  ])('splits %j into %j and %j', (target, path, query) => {
    expect(splitTarget(target)).toEqual({ path, query })
  })
})

describe('absoluteUrl', () => {
  it.each([
    ['/p?x', 'http://host/p?x'],
    ['//other/p', 'http://host//other/p'],
    ['http://other/p', 'http://other/p'],
  ])('returns for %j %j', (target, url) => {
    expect(absoluteUrl('http://host', target)).toBe(url)
  })
})
