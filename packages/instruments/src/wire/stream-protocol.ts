/** How a stream says that it ends. */
export type Terminal = 'completed' | 'failed'

/** What is known of a stream from its events. */
export interface StreamFacts {
  /** Whether its format is one that has an end of its own: then an end without it is no good end. */
  readonly hasKnownEnd: boolean
  /** The last end that was announced; `undefined`: none. */
  readonly terminal: Terminal | undefined
}

/** Events of the Responses API and of the Messages API that end a stream, by type. */
const TERMINALS: Readonly<Record<string, Terminal>> = {
  'response.completed': 'completed',
  'response.incomplete': 'completed',
  'response.failed': 'failed',
  message_stop: 'completed',
  error: 'failed',
}

/**
 * Reads the ends of the streams that gateways serve off their events: the Responses API (`response.completed`,
 * `response.incomplete`, `response.failed`, `error`), chat completions (`[DONE]`, or an `error` object before it) and the
 * Messages API (`message_stop`, `error`). An event without a name has its type in its data.
 */
export class StreamProtocol implements StreamFacts {
  #hasKnownEnd = false
  #terminal: Terminal | undefined

  get hasKnownEnd(): boolean {
    return this.#hasKnownEnd
  }

  get terminal(): Terminal | undefined {
    return this.#terminal
  }

  /**
   * One event.
   * @param name its `event` field, `''` if it has none
   * @param data the head of its `data`
   */
  read(name: string, data: string): void {
    if (data === '[DONE]') {
      this.#hasKnownEnd = true
      this.#terminal ??= 'completed' // after an error, [DONE] ends the stream but does not heal it
      return
    }
    const type = name !== '' ? name : typeInData(data)
    const terminal = type === undefined ? errorInData(data) : TERMINALS[type]
    if (terminal !== undefined) this.#terminal = terminal
    if (!this.#hasKnownEnd) this.#hasKnownEnd = terminal !== undefined || isOfKnownFormat(type, data)
  }
}

/** The string `type` at the start of a JSON object, where every known implementation puts it. */
function typeInData(data: string): string | undefined {
  if (!data.startsWith('{')) return undefined
  return /^\{\s*"type"\s*:\s*"([^"\\]*)"/.exec(data)?.[1]
}

/** An error of chat completions: `{"error": {…}}`. */
function errorInData(data: string): Terminal | undefined {
  return data.startsWith('{') && /^\{\s*"error"\s*:\s*[{"]/.test(data) ? 'failed' : undefined
}

function isOfKnownFormat(type: string | undefined, data: string): boolean {
  if (type !== undefined) return type.startsWith('response.') || type === 'message_start'
  return data.startsWith('{') && /"object"\s*:\s*"(chat\.completion\.chunk|text_completion)"/.test(data)
}
