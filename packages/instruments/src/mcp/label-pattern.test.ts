import fc from 'fast-check'
import { expect, it } from 'vitest'
import { labelByPattern, matchesPattern } from './label-pattern.ts'

it('returns the label of the first pattern that matches the whole text', () => {
  const patterns = { 'npx * @scope/files*': 'files', 'https://*.example/*': 'remote', '*': 'rest' }
  const texts = [
    'npx -y @scope/files@1 /data',
    'https://api.example/mcp',
    'http://api.example/mcp',
    'node a.js',
  ]
  expect(texts.map((text) => labelByPattern(patterns, text))).toEqual(['files', 'remote', 'rest', 'rest'])
  expect(labelByPattern({ node: 'x', 'a*b': 'y' }, 'node a.js')).toBeUndefined()
})

it('matches as a regular expression does, with characters that are special there', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.', '$'), maxLength: 8 })
  fc.assert(
    fc.property(text, text, (pattern, given) => {
      const source = pattern
        .split('*')
        .map((part) => part.replaceAll(/[.$]/g, '\\$&'))
        .join('.*')
      expect(matchesPattern(pattern, given)).toBe(new RegExp(`^${source}$`, 's').test(given))
    }),
    { numRuns: 2000 },
  )
})
