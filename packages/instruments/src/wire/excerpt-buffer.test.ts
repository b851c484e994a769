import fc from 'fast-check'
import { expect, it } from 'vitest'
import { EXCERPT_HEAD, EXCERPT_TAIL, ExcerptBuffer, excerptOf } from './excerpt-buffer.ts'

const text = Array.from({ length: 400_000 }, (_, at) => String.fromCharCode(32 + (at % 9973))).join('')
const BOTH = EXCERPT_HEAD + EXCERPT_TAIL

it.each([
  [0, true],
  [1, true],
  [EXCERPT_HEAD, true],
  [EXCERPT_HEAD + 1, true],
  [BOTH, true],
  [BOTH + 1, false],
  [300_000, false],
])('keeps head and tail of a text of %i units that comes in any parts', (length, isWhole) => {
  const expected = {
    head: text.slice(0, Math.min(length, EXCERPT_HEAD)),
    tail: isWhole
      ? text.slice(EXCERPT_HEAD, Math.max(length, EXCERPT_HEAD))
      : text.slice(length - EXCERPT_TAIL, length),
    isWhole,
  }
  expect(excerptOf(`>${text}`, 1, length + 1)).toEqual(expected)
  const buffer = new ExcerptBuffer()
  fc.assert(
    fc.property(fc.array(fc.nat(length), { maxLength: 30 }), (cuts) => {
      const places = [...cuts, length].sort((a, b) => a - b)
      for (const [i, end] of places.entries()) buffer.append(text, places[i - 1] ?? 0, end)
      expect(buffer.take()).toEqual(expected)
      expect(buffer.retainedBytes).toBe(0)
    }),
    { numRuns: 30 },
  )
})

it('allocates memory as needed, at most 139,264 bytes', () => {
  const buffer = new ExcerptBuffer()
  expect(buffer.retainedBytes).toBe(0)
  buffer.append(text, 0, 10)
  expect(buffer.retainedBytes).toBe(2 * EXCERPT_HEAD)
  buffer.append(text, 0, EXCERPT_HEAD)
  expect(buffer.retainedBytes).toBe(2 * (EXCERPT_HEAD + 10))
  for (let i = 0; i < 10; i++) buffer.append(text, 0, text.length)
  expect(buffer.retainedBytes).toBe(2 * BOTH)
})
