import { describe, expect, it } from 'vitest'
import { ratio } from './codecs.ts'
import { names, pathTemplates } from './list-codecs.ts'
import { pairs } from './pair-codecs.ts'

describe('ratio', () => {
  it.each([
    ['1', 1],
    ['1.', 1],
    ['.5', 0.5],
    ['+0.25', 0.25],
    ['5e-1', 0.5],
    ['.', undefined],
    ['', undefined],
    ['0x1', undefined],
    ['1.5', undefined],
  ])('reads %j as %j', (text, expected) => {
    expect(ratio.parse(text)).toBe(expected)
  })
})

describe('pairs', () => {
  it.each([
    ['a=1,b = x%20y ', { a: '1', b: 'x y' }],
    ['a=', { a: '' }],
    ['a=\n 1', { a: '1' }],
    ['a=1\n2', undefined],
    ['a=%zz', undefined],
    ['a', undefined],
  ])('reads %j as %j', (text, expected) => {
    expect(pairs.parse(text)).toEqual(expected)
  })
})

describe('pathTemplates', () => {
  it('reads templates, adds the default list, and rejects the parts that are none', () => {
    const rejected: string[] = []
    const read = (text: string) => pathTemplates.parse(text, (part) => void rejected.push(part))
    expect(read('/gw/{model}, /x')).toEqual(['/gw/{model}', '/x'])
    expect(read('default,/gw')).toContain('/v1/chat/completions')
    expect(read('default,/gw')?.at(-1)).toBe('/gw')
    expect(read('/gw,/a/*,v1,/b/:id,/{x}y')).toEqual(['/gw'])
    expect(rejected).toEqual(['/a/*', 'v1', '/b/:id', '/{x}y'])
    expect(read('/a/*')).toBeUndefined()
  })
})

it('values of a million characters are parsed in linear time (quadratic: ten minutes)', {
  timeout: 120_000,
}, () => {
  for (const part of ['1', ' ', '\n', 'a', '=', ',']) {
    const text = `${part.repeat(1_000_000)}x\ny`
    expect(ratio.parse(text)).toBeUndefined()
    expect(pairs.parse(`a=${text}`)).toBeUndefined()
    expect(names.parse(text)).not.toEqual([])
    expect(pathTemplates.parse(`/a,${text}`)).not.toEqual([])
  }
})
