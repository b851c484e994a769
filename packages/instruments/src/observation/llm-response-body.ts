import type { LlmContent } from '../tracing/content/llm-content.ts'
import type { FactSink } from '../wire/facts.ts'
import { JsonBody } from '../wire/json-body.ts'
import { SseScanner } from '../wire/sse-scanner.ts'
import { StreamReader } from '../wire/stream-reader.ts'
import { bytesOf } from '../wire/utf8.ts'
import { isJsonType, mediaType } from './media-type.ts'
import type { CallResponse } from './observed-call.ts'
import type { BodyDecoder } from './stream-observation.ts'

/** Chunks longer than this are not kept, in UTF-16 units. */
const LONG_CHUNK = 4096

/** Reads facts from the body of a response: an event stream or JSON. Other bodies are not read. */
export class LlmResponseBody {
  /** Whether the content type is `text/event-stream`. */
  readonly isStream: boolean
  /** Whether the body is an event stream or JSON, and was decoded until now. */
  isRead = false
  /** Whether the body has an unknown content coding or was not decoded to its end. */
  isEncoded = false
  readonly #decoder: BodyDecoder | undefined
  readonly #isIdentity: boolean
  readonly #content: LlmContent | undefined
  #scanner: SseScanner | undefined
  #events: StreamReader | undefined
  #json: JsonBody | undefined
  /** Number of events in the last chunk, without `[DONE]`, which has no output. */
  events = 0

  /** @param content receives the decoded body; `undefined` if it is not kept */
  constructor({ contentType, decoder, isIdentity }: CallResponse, sink: FactSink, content?: LlmContent) {
    const type = mediaType(contentType)
    this.isStream = type === 'text/event-stream'
    this.#decoder = decoder
    this.#isIdentity = isIdentity
    this.#content = content
    this.isEncoded = decoder === undefined
    if (this.isEncoded) return
    if (this.isStream) this.#scanner = this.#createScanner(sink)
    else if (isJsonType(type)) this.#json = new JsonBody('response', sink)
    this.isRead = this.#scanner !== undefined || this.#json !== undefined
  }

  #createScanner(sink: FactSink): SseScanner {
    const reader = new StreamReader(sink)
    this.#events = reader
    return new SseScanner((name, data, excerpt) => {
      if (data !== '[DONE]') this.events++
      reader.read(name, data, excerpt)
    }, reader.wantsExcerpt)
  }

  /** Reads a chunk. Reading stops if it cannot be decoded. */
  read(chunk: Uint8Array): void {
    this.events = 0
    const scanner = this.#scanner
    const json = this.#json
    if (scanner === undefined && json === undefined) return
    if (json !== undefined && this.#isIdentity) {
      json.append(chunk)
      this.#content?.responseChunk(chunk)
      return
    }
    const isDecoded = this.#decoder?.decode(chunk, (text) => {
      if (scanner !== undefined) this.#scan(scanner, text)
      else json?.append(bytesOf(text))
      this.#content?.responseChunk(bytesOf(text))
    })
    if (isDecoded === true) return
    this.isEncoded = true
    this.isRead = false
    this.#stop()
  }

  #scan(scanner: SseScanner, text: string): void {
    scanner.scan(text)
    if (text.length > LONG_CHUNK) this.#events?.flush() // an event that waits keeps the whole text in memory
  }

  /**
   * Called when the body has ended: reads JSON, which has no facts before its end, and what the events of a stream left.
   * @param isComplete whether the whole body was received
   */
  end(isComplete: boolean): void {
    this.#events?.flush()
    if (isComplete) this.#json?.end()
  }

  /** Frees the memory. */
  close(): void {
    this.#decoder?.close()
    this.#stop()
  }

  #stop(): void {
    this.#scanner = undefined
    this.#json = undefined
  }
}
