/**
 * Decides how the engine answers a prompt. The answer depends only on the text, so tests can predict it:
 *
 * | The prompt contains           | The engine                                                           |
 * | ----------------------------- | -------------------------------------------------------------------- |
 * | `fail 503` (any 4xx, 5xx)     | answers with that status                                             |
 * | `fail event`                  | streams half of the answer, then an error event (JSON: 500)          |
 * | `fail cut`                    | streams half of the answer, then closes the connection               |
 * | `slow`                        | answers 300 words, one every 100 ms                                  |
 * | `call <tool> {"city":"Oslo"}` | calls the tool if the request has it; answers with the tool's output |
 * | anything else                 | repeats the prompt                                                   |
 */

/** Type of failure, or `none`. */
type Failure = 'none' | 'status' | 'event' | 'cut'

/** A tool call of the simulated model. */
interface ToolCall {
  readonly name: string
  /** JSON text. */
  readonly arguments: string
}

/** The planned answer to one request. */
export interface Plan {
  readonly failure: Failure
  /** HTTP status of a failure of type `status`. */
  readonly status: number
  readonly toolCall: ToolCall | undefined
  /** Tokens of the text, in order. */
  readonly words: readonly string[]
  /** Milliseconds between two tokens. */
  readonly tokenDelayMs: number
  readonly promptTokens: number
}

const SLOW_WORDS = 300
const SLOW_DELAY_MS = 100

/**
 * Plans an answer.
 *
 * @param prompt last message of the user
 * @param toolOutput output of a tool, if the request contains one; the answer then contains it instead of the prompt
 * @param tools names of the request's tools
 * @param tokenDelayMs milliseconds between two tokens
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

/** Finds the tool that the prompt names. A gateway may have prefixed its name: `mcp__<server>__<tool>`. */
function findToolCall(prompt: string, tools: readonly string[]): ToolCall | undefined {
  const match = /\bcall (\w+) (\{.*?\})/s.exec(prompt)
  if (match === null) return undefined
  const [, called = '', args = '{}'] = match
  const name = tools.find((tool) => tool === called || tool.endsWith(`__${called}`))
  return name === undefined ? undefined : { name, arguments: args }
}
