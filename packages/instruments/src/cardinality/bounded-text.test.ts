import fc from 'fast-check'
import { expect, it } from 'vitest'
import { boundedText, copyText, MAX_LENGTH } from './bounded-text.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 600, size: 'max' }),
  fc.nat(600).map((length) => '😱'.repeat(length)),
)

it('returns up to 256 characters of a text', () => {
  fc.assert(
    fc.property(text, (given) => {
      for (const bounded of [boundedText(given), copyText(given)]) {
        expect(bounded.length).toBeLessThanOrEqual(MAX_LENGTH)
        expect(given.startsWith(bounded)).toBe(true)
        if (given.length <= MAX_LENGTH) expect(bounded).toBe(given)
        else expect(bounded.length).toBeGreaterThanOrEqual(MAX_LENGTH - 1)
      }
    }),
  )
})

it('does not split a surrogate pair', () => {
  expect(boundedText(`x${'😱'.repeat(200)}`).isWellFormed()).toBe(true)
})
