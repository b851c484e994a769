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
const TERMINALS: ReadonlyMap<string, Terminal> = new Map([
  ['response.completed', 'completed'],
  ['response.incomplete', 'completed'],
  ['response.failed', 'failed'],
  ['message_stop', 'completed'],
  ['error', 'failed'],
])

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
    if (name === '') this.#readUnnamed(data)
    else if (!this.#hasKnownEnd || mayBeTerminal(name)) this.#readType(name)
  }

  /** Most events of a stream are like the one before: they are told by a character or two. */
  #readUnnamed(data: string): void {
    if (data === '[DONE]') {
      this.#hasKnownEnd = true
      this.#terminal ??= 'completed' // after an error, [DONE] ends the stream but does not heal it
      return
    }
    if (data.charCodeAt(0) !== BRACE) return
    const isCompact = data.charCodeAt(1) === QUOTE
    if (this.#hasKnownEnd && isCompact && !data.startsWith('{"type"') && !data.startsWith('{"error"')) return
    const type = typeInData(data)
    if (type !== undefined) {
      this.#readType(type)
      return
    }
    if (isErrorData(data)) this.#terminal = 'failed'
    this.#hasKnownEnd ||= this.#terminal !== undefined || isChatData(data)
  }

  #readType(type: string): void {
    const terminal = TERMINALS.get(type)
    if (terminal !== undefined) this.#terminal = terminal
    this.#hasKnownEnd ||= terminal !== undefined || type.startsWith('response.') || type === 'message_start'
  }
}

const BRACE = 123
const QUOTE = 34

/** Whether a type ends as one of {@link TERMINALS} does: looking it up would have to hash it. */
function mayBeTerminal(type: string): boolean {
  const last = type.charCodeAt(type.length - 1)
  return last === 100 || last === 101 || last === 112 || last === 114 // d, e, p, r
}

/** The string `type` at the start of a JSON object, where every known implementation puts it. */
function typeInData(data: string): string | undefined {
  return /^\{\s*"type"\s*:\s*"([^"\\]*)"/.exec(data)?.[1]
}

/** An error of chat completions: `{"error": {…}}`. */
function isErrorData(data: string): boolean {
  return /^\{\s*"error"\s*:\s*[{"]/.test(data)
}

function isChatData(data: string): boolean {
  return /"object"\s*:\s*"(chat\.completion\.chunk|text_completion)"/.test(data)
}
