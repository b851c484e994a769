import type { Context } from '@opentelemetry/api'
import type { GatewayInstruments } from '../instruments/catalog.ts'
import type { StreamSeries } from '../instruments/sse.ts'
import { SseScanner } from '../wire/sse-scanner.ts'
import { type StreamFacts, StreamProtocol } from '../wire/stream-protocol.ts'
import type { StreamOutcome } from './outcome.ts'

/** What a stream inherits from its request. */
export interface StreamOrigin {
  /** The `route` label. */
  readonly route: string
  /** When the request arrived, in milliseconds of the monotonic clock. */
  readonly arrivedAt: number
  readonly context: Context
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
  readonly #series: StreamSeries
  readonly #scanner: SseScanner | undefined
  readonly #protocol = new StreamProtocol()
  #eventsInChunk = 0
  #lastEventAt = 0
  #bytes = 0
  #events = 0
  #secondsToFirstEvent: number | undefined

  /**
   * The headers of the stream went out.
   * @param isReadable whether its bytes are events as they stand, and not compressed
   */
  constructor(instruments: GatewayInstruments, origin: StreamOrigin, isReadable: boolean) {
    this.#instruments = instruments
    this.#origin = origin
    this.#series = instruments.sse.opened(origin.route)
    if (isReadable) {
      this.#scanner = new SseScanner((type, data) => {
        this.#eventsInChunk++
        this.#protocol.read(type, data)
      })
    }
  }

  /** What the events have said so far; `undefined` if they cannot be read. */
  get facts(): StreamFacts | undefined {
    return this.#scanner === undefined ? undefined : this.#protocol
  }

  /** What has been sent so far. */
  get totals(): StreamTotals {
    return {
      bytes: this.#bytes,
      events: this.isReadable ? this.#events : undefined,
      secondsToFirstEvent: this.#secondsToFirstEvent,
    }
  }

  /** Whether {@link StreamObservation.sent} wants the text of a chunk. */
  get isReadable(): boolean {
    return this.#scanner !== undefined
  }

  /**
   * A chunk was sent.
   * @param bytes its length
   * @param text its bytes as text, in any decoding that keeps ASCII
   */
  sent(bytes: number, text: string): void {
    this.#bytes += bytes
    this.#series.bytes.add(bytes, this.#origin.context)
    if (this.#scanner === undefined) return
    this.#eventsInChunk = 0
    this.#scanner.scan(text)
    if (this.#eventsInChunk > 0) this.#count(this.#eventsInChunk)
  }

  #count(events: number): void {
    const { arrivedAt, context } = this.#origin
    const now = this.#instruments.now()
    this.#events += events
    this.#series.events.add(events, context)
    if (this.#secondsToFirstEvent === undefined) {
      this.#secondsToFirstEvent = (now - arrivedAt) / 1000
      this.#series.timeToFirstEvent.record(this.#secondsToFirstEvent, context)
    } else this.#series.gap.record((now - this.#lastEventAt) / 1000, context)
    for (let i = 1; i < events; i++) this.#series.gap.record(0, context) // sent in one piece
    this.#lastEventAt = now
  }

  /** The stream ended. */
  end(outcome: StreamOutcome): void {
    const { route, arrivedAt, context } = this.#origin
    this.#series.duration.record((this.#instruments.now() - arrivedAt) / 1000, context)
    this.#instruments.sse.ended(route, outcome, context)
  }
}
