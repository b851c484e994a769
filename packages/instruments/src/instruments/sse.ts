import type { Context, Counter, Histogram, UpDownCounter } from '@opentelemetry/api'
import type { StreamOutcome } from '../observation/outcome.ts'
import type { InstrumentDefinition, InstrumentFactory } from './definition.ts'
import { countSeries, recordSeries, SeriesIndex } from './series.ts'

/** Answers of the type `text/event-stream`. */
export const SSE_DEFINITIONS = {
  inFlight: {
    name: 'sse.connections_in_flight',
    kind: 'up_down_counter',
    unit: '{connection}',
    description: 'Event streams whose headers have gone out and that have not ended.',
    attributes: [],
  },
  duration: {
    name: 'sse.stream.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Life of an event stream, from the arrival of its request to its end, however it ended.',
    attributes: ['route'],
    buckets: 'sse',
  },
  streams: {
    name: 'sse.streams',
    kind: 'counter',
    unit: '{stream}',
    description: 'Event streams that have ended, by how they ended.',
    attributes: ['route', 'outcome'],
  },
} as const satisfies Record<string, InstrumentDefinition>

/** Counts event streams. The route has to be bounded by the caller. */
export class SseInstruments {
  readonly #inFlight: UpDownCounter
  readonly #duration: Histogram
  readonly #streams: Counter
  readonly #series = new SeriesIndex((route, outcome) => ({
    duration: recordSeries(this.#duration, { route }),
    streams: countSeries(this.#streams, { route, outcome }),
  }))

  constructor(make: InstrumentFactory) {
    this.#inFlight = make.upDownCounter(SSE_DEFINITIONS.inFlight)
    this.#duration = make.histogram(SSE_DEFINITIONS.duration)
    this.#streams = make.counter(SSE_DEFINITIONS.streams)
    this.#inFlight.add(0) // there from the first scrape
  }

  /** The headers of a stream went out. */
  opened(): void {
    this.#inFlight.add(1)
  }

  /**
   * A stream ended.
   * @param seconds from the arrival of its request
   * @param context of the request, for exemplars
   */
  ended(route: string, outcome: StreamOutcome, seconds: number, context: Context): void {
    this.#inFlight.add(-1)
    const series = this.#series.get(route, outcome)
    series.duration.record(seconds, context)
    series.streams.add(1, context)
  }
}
