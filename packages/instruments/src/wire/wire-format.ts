import type { Excerpt, ExcerptReader } from './excerpt.ts'
import type { ApiIdentified, FactSink, LlmOperation, StreamResult } from './facts.ts'

/** Reads the events of one stream. */
export interface WireReader {
  /**
   * Returns `true` only if an event certainly neither ends the stream nor reports an error, and has no facts, or only token
   * counts, which the reader then keeps until other facts follow. Most events of a stream are such deltas: the test must
   * cost little.
   * @param name `event` field of the event; `''` if it has none
   * @param data as in {@link WireReader.read}
   */
  isDelta(name: string, data: string): boolean
  /**
   * Called with each event, in order. Never throws, except what the sink throws.
   * @param type `event` field of the event, else `type` in its data; `undefined` if it has neither
   * @param data the first 1,024 UTF-16 units of its data
   * @param excerpt more of its data, if it is longer and {@link WireFormat.wantsExcerpt} asked for it
   */
  read(type: string | undefined, data: string, excerpt: Excerpt | undefined): void
  /** Reports the token counts that were kept. Called before the end of the stream and errors are reported. */
  flush?(): void
}

/** The wire format of one API. To add one, write its file and add it to the list in `readers.ts`. */
export interface WireFormat {
  /** Name of the API in {@link ApiIdentified}. */
  readonly api: string
  readonly operation: LlmOperation
  /** Events that end a stream, by type. */
  readonly endEvents: Readonly<Record<string, StreamResult>>
  /**
   * Whether an event belongs to this API. Called with the first events of a stream, until one is identified.
   * @param type as in {@link WireReader.read}
   */
  identifies(type: string | undefined, data: string): boolean
  /** Whether the reader needs the first 4 kB and the last 64 kB of the data of an event longer than 1,024 units. */
  wantsExcerpt(type: string | undefined): boolean
  /** Creates the reader of a stream whose sink wants more than its end. */
  createReader(sink: FactSink): WireReader
  /** Each JSON body of a response that has a tool call contains one of these texts, unless it has escaped letters. */
  readonly toolCallMarks: readonly string[]
  /** Whether the JSON body of a request is of this API, or may be. */
  isRequest(body: ExcerptReader): boolean
  /** Reports the facts in the JSON body of a request that {@link WireFormat.isRequest} accepted. */
  readRequest(body: ExcerptReader, sink: FactSink): void
  /** Whether the JSON body of a successful response is of this API. */
  isResponse(body: ExcerptReader): boolean
  /** Reports the facts in the JSON body of a response that {@link WireFormat.isResponse} accepted. */
  readResponse(body: ExcerptReader, sink: FactSink): void
}
