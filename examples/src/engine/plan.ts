/**
 * What the engine stand-in does with a prompt. It depends on the text alone, so a test knows the answer:
 *
 * | The prompt contains           | The engine                                                           |
 * | ----------------------------- | -------------------------------------------------------------------- |
 * | `fail 503` (any 4xx, 5xx)     | answers that status                                                  |
 * | `fail event`                  | streams half of the answer, then an error event (JSON: 500)          |
 * | `fail cut`                    | streams half of the answer, then cuts the connection                 |
 * | `slow`                        | answers 300 words, one each 100 ms                                   |
 * | `call <tool> {"city":"Oslo"}` | calls that tool, if the request offers it; answers with its output   |
 * | anything else                 | repeats it                                                           |
 */

/** How an answer goes wrong, or `none`. */
type Failure = 'none' | 'status' | 'event' | 'cut'

/** A tool call that the "model" decided on. */
interface ToolCall {
  readonly name: string
  /** JSON text. */
  readonly arguments: string
}

/** The answer to one request. */
export interface Plan {
  readonly failure: Failure
  /** The status of a `status` failure. */
  readonly status: number
  readonly toolCall: ToolCall | undefined
  /** The tokens of the text, in order. */
  readonly words: readonly string[]
  /** Milliseconds between two tokens. */
  readonly tokenDelayMs: number
  readonly promptTokens: number
}

const SLOW_WORDS = 300
const SLOW_DELAY_MS = 100

/**
 * Decides the answer.
 *
 * @param prompt the last text of the user
 * @param toolOutput the output of a tool, if the request brings one: it is answered with instead of `prompt`
 * @param tools names of the tools that the request offers
 * @param tokenDelayMs milliseconds between two tokens of an ordinary answer
 */
export function planAnswer(
  prompt: string,
  toolOutput: string | undefined,
  tools: readonly string[],
  tokenDelayMs: number,
): Plan {
  const failure = /\bfail (\d{3}|event|cut)\b/.exec(prompt)?.[1]
  const slow = /\bslow\b/.test(prompt)
  return {
    failure: failureOf(failure),
    status: Number(failure) || 500,
    toolCall: toolOutput === undefined ? findToolCall(prompt, tools) : undefined,
    words: slow ? Array.from({ length: SLOW_WORDS }, () => 'slow ') : wordsOf(prompt, toolOutput),
    tokenDelayMs: slow ? SLOW_DELAY_MS : tokenDelayMs,
    promptTokens: prompt.split(/\s+/).length,
  }
}

function failureOf(word: string | undefined): Failure {
  if (word === undefined) return 'none'
  return word === 'event' || word === 'cut' ? word : 'status'
}

function wordsOf(prompt: string, toolOutput: string | undefined): string[] {
  const text = toolOutput === undefined ? `You said: ${prompt}` : `The tool says: ${toolOutput}`
  return text.match(/\S+\s*/g) ?? []
}

/** A gateway may offer `mcp__server__tool` where the prompt says `tool`. */
function findToolCall(prompt: string, tools: readonly string[]): ToolCall | undefined {
  const asked = /\bcall (\w+) (\{.*?\})/s.exec(prompt)
  if (asked === null) return undefined
  const [, wanted = '', args = '{}'] = asked
  const name = tools.find((tool) => tool === wanted || tool.endsWith(`__${wanted}`))
  return name === undefined ? undefined : { name, arguments: args }
}
