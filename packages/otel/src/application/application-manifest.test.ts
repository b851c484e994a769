import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applicationDependencies, applicationName } from './application-manifest.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vr-otel-manifest-'))
})

afterEach(() => rmSync(root, { recursive: true }))

function write(path: string, content: unknown): void {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
}

describe('applicationName', () => {
  it.each<[string, Record<string, unknown>, string, string | undefined]>([
    [
      'the nearest package.json',
      { 'package.json': { name: 'a' }, 'b/package.json': { name: 'b' } },
      'b/src/x.js',
      'b',
    ],
    ['a scoped package', { 'package.json': { name: '@shop/gateway' } }, 'x.js', '@shop/gateway'],
    [
      'the next one if the nearest has no name',
      { 'package.json': { name: 'a' }, 'dist/package.json': { type: 'module' } },
      'dist/x.js',
      'a',
    ],
    [
      'the next one if the nearest is no JSON',
      { 'package.json': { name: 'a' }, 'b/package.json': '{' },
      'b/x.js',
      'a',
    ],
    [
      'the next one if the nearest is null',
      { 'package.json': { name: 'a' }, 'b/package.json': 'null' },
      'b/x.js',
      'a',
    ],
    [
      'the next one if the name is no text',
      { 'package.json': { name: 'a' }, 'b/package.json': { name: 7 } },
      'b/x.js',
      'a',
    ],
    [
      'the application that has installed the entry file',
      { 'package.json': { name: 'shop' }, 'node_modules/next/package.json': { name: 'next' } },
      'node_modules/next/dist/bin/next',
      'shop',
    ],
  ])('is the name of %s', (_what, files, entry, name) => {
    for (const [path, content] of Object.entries(files)) write(path, content)
    expect(applicationName(join(root, entry))).toBe(name)
  })

  it('is undefined without any package.json', () => {
    expect(applicationName(join(root, 'x.js'))).toBeUndefined()
  })
})

it('applicationDependencies reads the nearest package.json, and that of the surrounding application', () => {
  write('package.json', {
    dependencies: { a: '1' },
    devDependencies: { b: '1' },
    optionalDependencies: { c: '1' },
  })
  write('node_modules/next/package.json', { dependencies: { d: '1' } })
  write('e/package.json', { type: 'module' })
  expect(applicationDependencies(join(root, 'x.js'))).toEqual(['a', 'c'])
  expect(applicationDependencies(join(root, 'node_modules/next/dist/next'))).toEqual(['d', 'a', 'c'])
  expect(applicationDependencies(join(root, 'e/x.js'))).toEqual([])
})
