import { member } from './excerpt.ts'
import type { ErrorReported, TokenUsage } from './facts.ts'

/** Longest string of a fact, in UTF-16 units. */
const MAX_LENGTH = 256

/**
 * Returns a value as a string of a fact; `undefined` if it is not a string or is empty. A longer string is cut after a whole
 * character, and the part is copied, so that the string is not kept.
 */
export function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined
  if (value.length <= MAX_LENGTH) return value
  const last = value.codePointAt(MAX_LENGTH - 1) ?? 0
  return copyOf(value.slice(0, last > 0xffff ? MAX_LENGTH - 1 : MAX_LENGTH))
}

/**
 * Returns a copy of a text. A slice of a string keeps the whole string in memory (V8's sliced strings). JSON keeps any
 * text, and copies 1,024 units in 3 µs; a loop over the units takes 17 to 60 µs.
 */
export function copyOf(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string
}

/** Returns a new string of UTF-16 units. `apply` reads them without an iterator. */
export function copyOfUnits(units: Uint16Array): string {
  let text = ''
  for (let at = 0; at < units.length; at += 8192)
    text += String.fromCharCode.apply(null, units.subarray(at, at + 8192) as unknown as number[])
  return text
}

/** Returns a value as a count; `undefined` if it is not an integer from 0 to 2^53 - 1. */
export function countOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined
}

/** Returns the elements of an array; none of anything else. The text that was parsed bounds their number. */
export function elementsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Returns token counts as a fact; `undefined` if all are missing. */
export function usageFact(counts: Omit<TokenUsage, 'type'>): TokenUsage | undefined {
  return Object.values(counts).some((count) => count !== undefined)
    ? { type: 'token_usage', ...counts }
    : undefined
}

/** Returns the fact of an `error` object of any API. Some servers send a string instead: it has neither type nor code. */
export function errorFact(error: unknown): ErrorReported {
  const code = member(error, 'code')
  return {
    type: 'error_reported',
    errorType: textOf(member(error, 'type')),
    code: typeof code === 'number' ? String(code) : textOf(code),
  }
}
