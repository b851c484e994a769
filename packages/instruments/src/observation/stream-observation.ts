import type { Context } from '@opentelemetry/api'
import type { GatewayInstruments } from '../instruments/catalog.ts'
import { internalErrors } from '../instruments/internal-errors.ts'
import type { StreamSeries } from '../instruments/sse.ts'
import { SseScanner } from '../wire/sse-scanner.ts'
import { type StreamFacts, StreamProtocol } from '../wire/stream-protocol.ts'
import type { StreamOutcome } from './outcome.ts'

/** What a stream inherits from its request. */
export interface StreamOrigin {
  /** The `route` label. */
  readonly route: string
  /** When the request arrived, in milliseconds of the monotonic clock; `undefined`: not known. */
  readonly arrivedAt: number | undefined
  readonly context: Context
}

/** Decodes the body of a stream that is sent compressed. */
export interface BodyDecoder {
  /**
   * Decodes the next bytes of the body.
   * @param onText called with what they give, part by part, one character a byte
   * @returns `false` if the body cannot be read any further
   */
  decode(bytes: Uint8Array, onText: (text: string) => void): boolean
  /** Frees what it holds; may be called more than once. */
  close(): void
}

/** What a stream has sent. */
export interface StreamTotals {
  readonly bytes: number
  /** `undefined` if its events cannot be read. */
  readonly events: number | undefined
  /** From the arrival of the request; `undefined` if there was no event. */
  readonly secondsToFirstEvent: number | undefined
}

/** The life of one event stream, from its headers to its one end, read off the bytes as they pass. */
export class StreamObservation {
  readonly #instruments: GatewayInstruments
  readonly #origin: StreamOrigin
  #bound: StreamSeries | undefined
  /** Whether chunks are for {@link StreamObservation.sent}; else for {@link StreamObservation.sentCoded}. */
  readonly isIdentity: boolean
  /** Of a body that is sent compressed. */
  readonly #decoder: BodyDecoder | undefined
  /** `undefined` if the events cannot be read, or no longer. */
  #scanner: SseScanner | undefined
  readonly #protocol = new StreamProtocol()
  #eventsInChunk = 0
  #lastEventAt = 0
  #bytes = 0
  #events = 0
  #secondsToFirstEvent: number | undefined

  /**
   * The headers of the stream went out. Never throws.
   * @param isIdentity whether its bytes are events as they stand, and not compressed
   * @param decoder of a body that is compressed; without one its events are not seen
   */
  constructor(
    instruments: GatewayInstruments,
    origin: StreamOrigin,
    isIdentity: boolean,
    decoder?: BodyDecoder,
  ) {
    this.#instruments = instruments
    this.#origin = origin
    instruments.sse.opened()
    this.isIdentity = isIdentity
    this.#decoder = isIdentity ? undefined : decoder
    if (isIdentity || decoder !== undefined) {
      this.#scanner = new SseScanner((type, data) => {
        this.#eventsInChunk++
        this.#protocol.read(type, data)
      })
    }
  }

  /** What the events have said so far; `undefined` if they cannot be read, and had announced no end before. */
  get facts(): StreamFacts | undefined {
    const isKnown = this.#isReadable || this.#protocol.terminal !== undefined
    return isKnown ? this.#protocol : undefined
  }

  /** What has been sent so far. */
  get totals(): StreamTotals {
    return {
      bytes: this.#bytes,
      events: this.#isReadable ? this.#events : undefined,
      secondsToFirstEvent: this.#secondsToFirstEvent,
    }
  }

  /**
   * A chunk of a body was sent that has no content coding.
   * @param bytes its length
   * @param text it, in any decoding that keeps ASCII
   */
  sent(bytes: number, text: string): void {
    this.#eventsInChunk = 0
    this.#scanner?.scan(text) // before anything that a provider can make throw: the outcome depends on it
    this.#record(bytes)
  }

  /** A chunk of a body was sent that has a content coding. */
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
    if (this.#eventsInChunk > 0) this.#count(this.#eventsInChunk)
  }

  get #isReadable(): boolean {
    return this.#scanner !== undefined
  }

  get #series(): StreamSeries {
    this.#bound ??= this.#instruments.sse.seriesOf(this.#origin.route)
    return this.#bound
  }

  #count(events: number): void {
    const { arrivedAt, context } = this.#origin
    const now = this.#instruments.now()
    const isFirst = this.#events === 0
    const lastEventAt = this.#lastEventAt
    this.#events += events
    this.#lastEventAt = now
    this.#series.events.add(events, context)
    if (!isFirst) this.#series.gap.record((now - lastEventAt) / 1000, context)
    else if (arrivedAt !== undefined) {
      this.#secondsToFirstEvent = (now - arrivedAt) / 1000
      this.#series.timeToFirstEvent.record(this.#secondsToFirstEvent, context)
    }
    for (let i = 1; i < events; i++) this.#series.gap.record(0, context) // sent in one piece
  }

  /** The stream ended. Never throws. */
  end(outcome: StreamOutcome): void {
    this.#decoder?.close()
    const { route, arrivedAt, context } = this.#origin
    try {
      const now = this.#instruments.now()
      if (arrivedAt !== undefined) this.#series.duration.record((now - arrivedAt) / 1000, context)
    } catch (error) {
      internalErrors.report('stream_end', error)
    }
    this.#instruments.sse.ended(route, outcome, context)
  }
}
