import { MAX_DATA_UNITS } from './sse-scanner.ts'

const SPACE = 32
const QUOTE = 34
const COMMA = 44
const DIGIT_0 = 48
const DIGIT_9 = 57
const COLON = 58
const BACKSLASH = 92
const CLOSE_BRACKET = 93
const LETTER_A = 97
const LETTER_C = 99
const LETTER_G = 103
const LETTER_I = 105
const LETTER_N = 110
const LETTER_P = 112
const LETTER_R = 114
const LETTER_T = 116
const LETTER_U = 117
const OPEN_BRACE = 123
const CLOSE_BRACE = 125

/** What the data of an event is, see {@link kindOfChatEvent}. */
export type ChatEventKind = 'delta' | 'delta_with_counts' | 'other'

/**
 * Examines the data of an event of chat completions. Each fact is in a member whose name has an underscore, which other members
 * rarely have: the test takes 60 ns for a chunk of 200 characters, a regular expression 140 ns.
 * @returns `delta` only if the data is whole, begins with the `id` of a completion, as that of no error does, and has no named
 * tool call, no token count and no finish reason; `delta_with_counts` if token counts are its last member, as vLLM and others
 * send them with each event (`continuous_usage_stats`)
 */
export function kindOfChatEvent(data: string): ChatEventKind {
  if (data.charCodeAt(0) !== OPEN_BRACE || data.charCodeAt(2) !== LETTER_I || data.length >= MAX_DATA_UNITS)
    return 'other'
  for (let at = data.indexOf('_'); at >= 0; at = data.indexOf('_', at + 1)) {
    const first = data.charCodeAt(at + 1)
    if (first === LETTER_R) {
      // `…_reason"` with a value other than `null`
      if (data.charCodeAt(at + 7) === QUOTE && !isNull(data, at + 8)) return 'other'
    } else if (first === LETTER_C) {
      if (data.charCodeAt(at + 6) !== QUOTE) continue
      const end = endOfFragment(data, at)
      if (end < 0 && data.includes('"name"', at)) return 'other'
      at = Math.max(at, end)
    } else if (first === LETTER_T && data.charCodeAt(at + 7) === QUOTE) {
      const next = data.charCodeAt(at + 8)
      if (next === COMMA || next === CLOSE_BRACE) continue // the end of a text
      return isLastUsage(data, at) ? 'delta_with_counts' : 'other'
    }
  }
  return 'delta'
}

/**
 * Whether the underscore is that of `"usage":{"prompt_tokens":` with a count, in the last member of the event. Comparing all of
 * the text takes 35 ns, these characters 15 ns.
 */
function isLastUsage(data: string, underscore: number): boolean {
  const count = data.charCodeAt(underscore + 9)
  const isUsage =
    count >= DIGIT_0 &&
    count <= DIGIT_9 &&
    data.charCodeAt(underscore - 6) === LETTER_P &&
    data.charCodeAt(underscore - 8) === OPEN_BRACE &&
    data.charCodeAt(underscore - 12) === LETTER_G &&
    data.charCodeAt(underscore - 15) === LETTER_U &&
    data.charCodeAt(underscore - 16) === QUOTE
  // Only the object `usage` and that of the event end.
  const end = isUsage ? data.indexOf('}', underscore) : -1
  return end === data.length - 2 && data.charCodeAt(end + 1) === CLOSE_BRACE
}

/** Whether the value of the member whose name ends before `at` begins as `null`. */
function isNull(data: string, at: number): boolean {
  let value = at
  let code = data.charCodeAt(value)
  while (code === COLON || code === SPACE) code = data.charCodeAt(++value)
  return code === LETTER_N
}

// Parts of the usual fragment: `…_calls":[{"index":0,"function":{"arguments":"…"}}]`
const BEFORE_INDEX = '_calls":[{"index":'.length
const FUNCTION = ',"function":{'.length
const ARGUMENTS = '"arguments":"'.length

/**
 * Returns where `tool_calls` ends, if it has one call, which has nothing but a part of its arguments.
 * @param underscore that of `tool_calls`
 * @returns -1 if it may have anything else
 */
function endOfFragment(data: string, underscore: number): number {
  // Comparing the whole text takes 60 ns. A member `name` does not fit between the characters that are compared.
  const index = underscore + BEFORE_INDEX // one digit
  const brace = index + FUNCTION
  const value = brace + ARGUMENTS
  const isFragment =
    data.charCodeAt(index - 1) === COLON &&
    data.charCodeAt(index + 1) === COMMA &&
    data.charCodeAt(brace) === OPEN_BRACE &&
    data.charCodeAt(brace + 2) === LETTER_A &&
    data.charCodeAt(value - 1) === COLON &&
    data.charCodeAt(value) === QUOTE
  if (!isFragment) return -1
  let quote = data.indexOf('"', value + 1)
  while (quote > 0 && data.charCodeAt(quote - 1) === BACKSLASH) {
    if (data.charCodeAt(quote - 2) === BACKSLASH) return -1 // the second one may be escaped itself
    quote = data.indexOf('"', quote + 1)
  }
  // `}}]`: the array cannot end here unless the object of the call does.
  const hasEnd = data.charCodeAt(quote + 1) === CLOSE_BRACE && data.charCodeAt(quote + 3) === CLOSE_BRACKET
  return hasEnd ? quote + 3 : -1
}
