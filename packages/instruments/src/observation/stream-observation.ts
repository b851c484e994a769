import type { Context } from '@opentelemetry/api'
import type { StreamOutcome } from '../cardinality/outcome.ts'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { internalErrors } from '../instruments/internal-errors.ts'
import type { StreamSeries } from '../instruments/sse.ts'
import type { ToolCallRequested } from '../wire/facts.ts'
import { SseScanner } from '../wire/sse-scanner.ts'
import { StreamReader } from '../wire/stream-reader.ts'
import type { StreamEvents } from './outcome.ts'
import type { OverheadTimer } from './overhead-timer.ts'
import { StreamEndSink } from './stream-end-sink.ts'

/** Bytes of a chunk that are decoded at a time. */
const PART = 65_536

/** What a stream inherits from its request. */
export interface StreamOrigin {
  /** Value of the label `route`. */
  readonly route: string
  /** When the request arrived, in milliseconds of the monotonic clock; `undefined` if the clock failed. */
  readonly arrivedAt: number | undefined
  readonly context: Context
}

/** Decodes a compressed response body. */
export interface BodyDecoder {
  /**
   * Decodes the next bytes of the body.
   * @param onText called with each part of the result, one character a byte
   * @returns `false` if the rest of the body cannot be decoded
   */
  decode(bytes: Uint8Array, onText: (text: string) => void): boolean
  /** Frees the resources of the decoder. May be called more than once. */
  close(): void
}

/** What a stream has sent so far. */
export interface StreamTotals {
  /** Bytes of the body, after compression and before chunked encoding. */
  readonly bytes: number
  /** `undefined` if the events cannot be read. */
  readonly events: number | undefined
  /** Time from the arrival of the request to the first event; `undefined` before it. */
  readonly secondsToFirstEvent: number | undefined
}

/** Measures one event stream, from its response headers to its end, from the bytes that are sent. */
export class StreamObservation {
  readonly #instruments: GatewayInstruments
  readonly #origin: StreamOrigin
  #boundSeries: StreamSeries | undefined
  /**
   * Whether chunks are passed to {@link StreamObservation.sent} and {@link StreamObservation.sentBytes}; else to
   * {@link StreamObservation.sentCoded}.
   */
  readonly isIdentity: boolean
  /** Set for a compressed body. */
  readonly #decoder: BodyDecoder | undefined
  /** `undefined` once the events cannot be read. */
  #scanner: SseScanner | undefined
  readonly #events: StreamEndSink
  #eventsInChunk = 0
  #lastEventAt = 0
  #bytes = 0
  #eventCount = 0
  #secondsToFirstEvent: number | undefined
  #overhead: OverheadTimer | undefined

  /**
   * Called when the headers of the stream are sent. Never throws.
   * @param isIdentity whether the body is sent without a content coding
   * @param decoder decodes a body with a content coding; without one, the events of such a body are not read
   * @param onToolCall called for each tool call in the events; `undefined` if tool calls are not to be read
   */
  constructor(
    instruments: GatewayInstruments,
    origin: StreamOrigin,
    isIdentity: boolean,
    decoder?: BodyDecoder,
    onToolCall?: (fact: ToolCallRequested) => void,
  ) {
    this.#instruments = instruments
    this.#origin = origin
    instruments.sse.streamStarted()
    this.isIdentity = isIdentity
    this.#events = new StreamEndSink(onToolCall)
    this.#decoder = isIdentity ? undefined : decoder
    if (isIdentity || decoder !== undefined) {
      const reader = new StreamReader(this.#events)
      this.#scanner = new SseScanner((name, data, excerpt) => {
        this.#eventsInChunk++
        reader.read(name, data, excerpt)
      }, reader.wantsExcerpt)
    }
  }

  /** Distinguishes the body from one of JSON. */
  get kind(): 'event_stream' {
    return 'event_stream'
  }

  /** Sets the timer of the request, which ends when the stream sends the answer of an engine. */
  setOverhead(overhead: OverheadTimer | undefined): void {
    this.#overhead = overhead
  }

  /** What the events have shown; `undefined` if they cannot be read and had announced no result before. */
  get events(): StreamEvents | undefined {
    return this.#isReadable || this.#events.result !== undefined ? this.#events : undefined
  }

  /** What has been sent so far. */
  get totals(): StreamTotals {
    return {
      bytes: this.#bytes,
      events: this.#isReadable ? this.#eventCount : undefined,
      secondsToFirstEvent: this.#secondsToFirstEvent,
    }
  }

  /**
   * Called when a chunk of a body without content coding was sent as text.
   * @param bytes length of the chunk
   * @param text the chunk, in any decoding that keeps ASCII
   */
  sent(bytes: number, text: string): void {
    this.#eventsInChunk = 0
    this.#scanner?.scan(text) // first: the outcome must not depend on a provider that throws
    this.#record(bytes)
  }

  /**
   * Called when a chunk of a body without content coding was sent as bytes. It is decoded in parts, since a string of a long
   * chunk takes its memory again, and a string cannot have as many characters as a buffer can have bytes.
   */
  sentBytes(chunk: Buffer): void {
    this.#eventsInChunk = 0
    for (let at = 0; at < chunk.length; at += PART)
      this.#scanner?.scan(chunk.toString('latin1', at, at + PART))
    this.#record(chunk.length)
  }

  /** Called when a chunk of a body with a content coding was sent. */
  sentCoded(chunk: Uint8Array): void {
    this.#eventsInChunk = 0
    const scanner = this.#scanner
    const isRead = scanner !== undefined && this.#decoder?.decode(chunk, (text) => scanner.scan(text))
    if (isRead !== true) this.#scanner = undefined
    this.#record(chunk.byteLength)
  }

  #record(bytes: number): void {
    this.#bytes += bytes
    this.#series.bytes.add(bytes, this.#origin.context)
    if (this.#eventsInChunk > 0) this.#recordEvents(this.#eventsInChunk)
    if (this.#overhead?.isAwaitingBody && bytes > 0) this.#recordOverhead(this.#overhead)
  }

  #recordOverhead(timer: OverheadTimer): void {
    const { route, context } = this.#origin
    const seconds = timer.bodySent(this.#instruments.now())
    this.#instruments.upstream?.overhead.measured(route, seconds, context)
  }

  get #isReadable(): boolean {
    return this.#scanner !== undefined
  }

  get #series(): StreamSeries {
    this.#boundSeries ??= this.#instruments.sse.seriesOf(this.#origin.route)
    return this.#boundSeries
  }

  #recordEvents(events: number): void {
    const { arrivedAt, context } = this.#origin
    const now = this.#instruments.now()
    const isFirst = this.#eventCount === 0
    const lastEventAt = this.#lastEventAt
    this.#eventCount += events
    this.#lastEventAt = now
    this.#series.events.add(events, context)
    if (!isFirst) this.#series.gap.record((now - lastEventAt) / 1000, context)
    else if (arrivedAt !== undefined) {
      this.#secondsToFirstEvent = (now - arrivedAt) / 1000
      this.#series.timeToFirstEvent.record(this.#secondsToFirstEvent, context)
    }
    for (let i = 1; i < events; i++) this.#series.gap.record(0, context) // sent in one chunk
  }

  /** Called when the stream ends. Never throws. */
  end(outcome: StreamOutcome): void {
    this.#decoder?.close()
    const { route, arrivedAt, context } = this.#origin
    try {
      const now = this.#instruments.now()
      if (arrivedAt !== undefined) this.#series.duration.record((now - arrivedAt) / 1000, context)
    } catch (error) {
      internalErrors.report('stream_end', error)
    }
    this.#instruments.sse.streamEnded(route, outcome, context)
  }
}
