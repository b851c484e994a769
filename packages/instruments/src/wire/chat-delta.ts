import { MAX_DATA_UNITS } from './sse-scanner.ts'

const SPACE = 32
const QUOTE = 34
const COLON = 58
const LETTER_C = 99
const LETTER_I = 105
const LETTER_N = 110
const LETTER_R = 114
const LETTER_T = 116
const BRACE = 123

/**
 * Returns `true` only if the data of an event is whole, begins with the `id` of a completion, as that of no error does, and has
 * no tool call, no token count and no finish reason. Each of them has a member with an underscore, which other members rarely
 * have: the test takes 60 ns for a chunk of 200 characters, a regular expression 140 ns.
 */
export function isChatDelta(data: string): boolean {
  if (data.charCodeAt(0) !== BRACE || data.charCodeAt(2) !== LETTER_I || data.length >= MAX_DATA_UNITS)
    return false
  for (let at = data.indexOf('_'); at >= 0; at = data.indexOf('_', at + 1)) {
    const first = data.charCodeAt(at + 1)
    // `…_calls"` of a fragment with a name, `…_tokens"`, and `…_reason"` with a value other than `null`
    if (first === LETTER_C && data.charCodeAt(at + 6) === QUOTE && data.includes('"name"', at)) return false
    if (first === LETTER_T && data.charCodeAt(at + 7) === QUOTE) return false
    if (first === LETTER_R && data.charCodeAt(at + 7) === QUOTE && !isNull(data, at + 8)) return false
  }
  return true
}

/** Whether the value of the member whose name ends before `at` begins as `null`. */
function isNull(data: string, at: number): boolean {
  let value = at
  while (data.charCodeAt(value) === SPACE || data.charCodeAt(value) === COLON) value++
  return data.charCodeAt(value) === LETTER_N
}
