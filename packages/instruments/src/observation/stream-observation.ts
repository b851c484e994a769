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
  readonly #scanner: SseScanner | undefined
  readonly #protocol = new StreamProtocol()
  #eventsInChunk = 0
  #lastEventAt = 0
  #bytes = 0
  #events = 0
  #secondsToFirstEvent: number | undefined

  /**
   * The headers of the stream went out. Never throws.
   * @param isReadable whether its bytes are events as they stand, and not compressed
   */
  constructor(instruments: GatewayInstruments, origin: StreamOrigin, isReadable: boolean) {
    this.#instruments = instruments
    this.#origin = origin
    instruments.sse.opened()
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
    this.#eventsInChunk = 0
    this.#scanner?.scan(text) // before anything that a provider can make throw: the outcome depends on it
    this.#series.bytes.add(bytes, this.#origin.context)
    if (this.#eventsInChunk > 0) this.#count(this.#eventsInChunk)
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
