import { type Excerpt, ExcerptReader } from './excerpt.ts'
import type { FactSink, StreamResult } from './facts.ts'
import { WIRE_FORMATS } from './readers.ts'
import { errorFact } from './values.ts'
import type { WireFormat, WireReader } from './wire-format.ts'

/**
 * Number of events of a stream that are examined for its format, such as pings before the first event of an API. Examining
 * every event of a stream of another protocol takes 0.05 to 0.1 µs an event.
 */
export const EXAMINED_EVENTS = 64

/**
 * Reads the facts of one event stream. Reports the end of the stream: an end event such as `response.completed` or
 * `message_stop`, an `error` event or object, or `[DONE]`. If the sink wants other facts too, the first event that identifies
 * an API selects its reader, and the reader extracts them.
 *
 * Of a stream that is cut off anywhere, the facts are those of the events before the cut that were complete. Token counts that
 * many events in a row repeat are reported once, with the last counts ({@link StreamReader.flush}).
 *
 * Only the first {@link EXAMINED_EVENTS} events can identify an API. End events and errors are reported at any time.
 */
export class StreamReader {
  readonly #sink: FactSink
  readonly #formats: FormatTable
  /** Whether the sink wants facts that only the reader of an API extracts. */
  readonly #isDetailed: boolean
  readonly #wantsErrors: boolean
  #isEndExpected = false
  /** Number of further events that are examined for the format of the stream. */
  #examinable = EXAMINED_EVENTS
  #result: StreamResult | undefined
  #format: WireFormat | undefined
  #reader: WireReader | undefined

  /** @param formats the wire formats that may occur, from {@link tableOf}; default: all */
  constructor(sink: FactSink, formats: FormatTable = DEFAULT_TABLE) {
    this.#sink = sink
    this.#formats = formats
    this.#wantsErrors = sink.wants.has('error_reported')
    this.#isDetailed = wantsDetails(sink.wants)
  }

  /** The events to be kept beyond the first 1,024 units of their data, for `SseScanner`; `undefined`: none. */
  get wantsExcerpt(): ((name: string, data: string) => boolean) | undefined {
    return this.#isDetailed ? this.#wantsExcerpt : undefined
  }

  readonly #wantsExcerpt = (name: string, data: string): boolean => {
    const type = typeOf(name, data)
    if (isError(type, data)) return true
    if (this.#format !== undefined) return this.#format.wantsExcerpt(type)
    if (this.#examinable === 0) return false
    return this.#formats.list.some((format) => format.identifies(type, data) && format.wantsExcerpt(type))
  }

  /**
   * Reads one event.
   * @param name its `event` field; `''` if it has none
   * @param data the first 1,024 units of its data
   * @param excerpt more of its data, if {@link StreamReader.wantsExcerpt} returned `true`
   */
  read(name: string, data: string, excerpt?: Excerpt): void {
    if (this.#reader?.isDelta(name, data)) return
    if (this.#isDetailed && this.#mayHaveDetails) this.#readDetails(name, data, excerpt)
    if (name === '') this.#readUnnamed(data)
    else if (this.#isExamined || this.#formats.mayEnd(name)) this.#readType(name)
    if (this.#examinable > 0) this.#examinable--
  }

  /**
   * Reports the token counts of the last event, if they were not reported. To be called at the end of the stream, also of one
   * that was cut off. The end event and errors do it too.
   */
  flush(): void {
    this.#reader?.flush?.()
  }

  /** Whether a reader was selected or still can be, or errors are wanted, which any stream may have. */
  get #mayHaveDetails(): boolean {
    return this.#reader !== undefined || this.#examinable > 0 || this.#wantsErrors
  }

  /** Whether the current event can identify a format whose end is expected. */
  get #isExamined(): boolean {
    return !this.#isEndExpected && this.#examinable > 0
  }

  /** For most events, the first characters show that they are no end event. */
  #readUnnamed(data: string): void {
    if (data === '[DONE]') {
      this.#expectEnd()
      if (this.#result === undefined) this.#end('completed') // after an error, [DONE] does not mean success
      return
    }
    if (data.charCodeAt(0) !== BRACE) return
    const isCompact = data.charCodeAt(1) === QUOTE
    if (!this.#isExamined && isCompact && !data.startsWith('{"type"') && !data.startsWith('{"error"')) return
    const type = typeInData(data)
    if (type !== undefined) this.#readType(type)
    else {
      if (isErrorData(data)) this.#end('failed')
      if (this.#result !== undefined || this.#identifies(undefined, data)) this.#expectEnd()
    }
  }

  #readType(type: string): void {
    const result = this.#formats.endEvents.get(type)
    if (result !== undefined) this.#end(result)
    if (result !== undefined || this.#identifies(type, '')) this.#expectEnd()
  }

  #identifies(type: string | undefined, data: string): boolean {
    return this.#isExamined && this.#formats.identify(type, data) !== undefined
  }

  #expectEnd(): void {
    if (this.#isEndExpected) return
    this.#isEndExpected = true
    if (this.#sink.wants.has('end_expected')) this.#sink.onFact({ type: 'end_expected' })
  }

  #end(result: StreamResult): void {
    if (this.#result === result) return
    this.#result = result
    this.flush()
    if (this.#sink.wants.has('stream_ended')) this.#sink.onFact({ type: 'stream_ended', result })
  }

  #start(format: WireFormat): void {
    const { api, operation } = format
    if (this.#sink.wants.has('api_identified')) this.#sink.onFact({ type: 'api_identified', api, operation })
    this.#reader = format.createReader(this.#sink)
  }

  #readDetails(name: string, data: string, excerpt: Excerpt | undefined): void {
    const type = typeOf(name, data)
    if (this.#format === undefined && this.#examinable > 0) {
      this.#format = this.#formats.identify(type, data)
      if (this.#format !== undefined) this.#start(this.#format)
    }
    this.#reader?.read(type, data, excerpt)
    if (!this.#wantsErrors || !isError(type, data)) return
    this.flush()
    const event = ExcerptReader.of(data, excerpt)
    // The error event of the Responses API has the code itself; its `type` is that of the event.
    this.#sink.onFact(errorFact(event.get('error') ?? { code: event.get('code') }))
  }
}

function wantsDetails(wants: FactSink['wants']): boolean {
  for (const type of wants) if (type !== 'end_expected' && type !== 'stream_ended') return true
  return false
}

/** Wire formats with indexes for look-ups. */
export interface FormatTable {
  readonly list: readonly WireFormat[]
  /** End events of all formats, by type. */
  readonly endEvents: ReadonlyMap<string, StreamResult>
  /** Whether the last character of a type is that of an end event. Cheaper than a look-up, which hashes the type. */
  mayEnd(type: string): boolean
  identify(type: string | undefined, data: string): WireFormat | undefined
}

/** Indexes wire formats for {@link StreamReader}. */
export function tableOf(list: readonly WireFormat[]): FormatTable {
  const endEvents = new Map(list.flatMap((format) => Object.entries(format.endEvents)))
  const lastCharacters = new Uint8Array(128)
  for (const type of endEvents.keys()) lastCharacters[type.charCodeAt(type.length - 1)] = 1
  return {
    list,
    endEvents,
    mayEnd: (type) => lastCharacters[type.charCodeAt(type.length - 1)] === 1,
    identify: (type, data) => list.find((format) => format.identifies(type, data)),
  }
}

const DEFAULT_TABLE = tableOf(WIRE_FORMATS)

const BRACE = 123
const QUOTE = 34

function typeOf(name: string, data: string): string | undefined {
  return name === '' ? typeInData(data) : name
}

/** Returns the string `type` at the start of a JSON object, where the implementations that send no names put it. */
function typeInData(data: string): string | undefined {
  return data.charCodeAt(0) === BRACE ? /^\{\s*"type"\s*:\s*"([^"\\]*)"/.exec(data)?.[1] : undefined
}

function isError(type: string | undefined, data: string): boolean {
  return type === 'error' || (type === undefined && isErrorData(data))
}

/** Whether the data of an event is an error of chat completions, `{"error": {…}}`. */
function isErrorData(data: string): boolean {
  return /^\{\s*"error"\s*:\s*[{"]/.test(data)
}
