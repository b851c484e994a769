import type { Context, Counter } from '@opentelemetry/api'
import { OUTCOME, type StreamOutcome } from '../cardinality/outcome.ts'
import { ROUTE } from '../cardinality/route.ts'
import type { InstrumentDefinition, InstrumentFactory } from './definition.ts'
import { InFlight } from './in-flight.ts'
import { internalErrors } from './internal-errors.ts'
import { type CountSeries, countSeries, type RecordSeries, recordSeries, SeriesIndex } from './series.ts'

/** Responses with the content type `text/event-stream`. */
export const SSE_DEFINITIONS = {
  inFlight: {
    name: 'sse.connections_in_flight',
    kind: 'up_down_counter',
    merge: 'sum',
    unit: '{connection}',
    description: 'Open event streams: headers sent, not ended.',
    attributes: [],
  },
  duration: {
    name: 'sse.stream.duration',
    kind: 'histogram',
    unit: 's',
    description:
      'Duration of an event stream, from the arrival of its request to its end, for every outcome.',
    attributes: [ROUTE],
    buckets: 'sse',
  },
  streams: {
    name: 'sse.streams',
    kind: 'counter',
    unit: '{stream}',
    description: 'Event streams that ended, by outcome.',
    attributes: [ROUTE, OUTCOME],
  },
  timeToFirstEvent: {
    name: 'sse.time_to_first_event',
    kind: 'histogram',
    unit: 's',
    description: 'Time from the arrival of a request to the first event of its stream.',
    attributes: [ROUTE],
    buckets: 'ttfe',
  },
  gap: {
    name: 'sse.event.gap',
    kind: 'histogram',
    unit: 's',
    description: 'Time between consecutive events of a stream. A stream of n events has n-1 gaps.',
    attributes: [ROUTE],
    buckets: 'gap',
  },
  events: {
    name: 'sse.events',
    kind: 'counter',
    unit: '{event}',
    description:
      'Events sent, counted as an EventSource dispatches them. Streams compressed with gzip, deflate, br or zstd are decoded.',
    attributes: [ROUTE],
  },
  bytes: {
    name: 'sse.bytes',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes of event stream bodies, after compression and before chunked encoding.',
    attributes: [ROUTE],
  },
} as const satisfies Record<string, InstrumentDefinition>

/** The series of the streams of one route. */
export interface StreamSeries {
  readonly duration: RecordSeries
  readonly timeToFirstEvent: RecordSeries
  readonly gap: RecordSeries
  readonly events: CountSeries
  readonly bytes: CountSeries
}

/** Records event streams. Callers bound the route. */
export class SseInstruments {
  readonly #inFlight: InFlight
  readonly #streams: Counter
  readonly #outcomes: SeriesIndex<CountSeries>
  readonly #routes: SeriesIndex<StreamSeries>

  constructor(make: InstrumentFactory) {
    this.#inFlight = new InFlight(make.upDownCounter(SSE_DEFINITIONS.inFlight))
    this.#streams = make.counter(SSE_DEFINITIONS.streams)
    this.#outcomes = new SeriesIndex((route, outcome) => countSeries(this.#streams, { route, outcome }))
    this.#routes = new SeriesIndex(bindStreams(make))
    this.#inFlight.change(0) // so that the series exists from the first scrape
  }

  /** Called when the headers of a stream are sent. Never throws. */
  streamStarted(): void {
    this.#inFlight.change(1)
  }

  /** Returns the series of the streams of a route. Throws what the provider throws. */
  seriesOf(route: string): StreamSeries {
    return this.#routes.get(route, '')
  }

  /**
   * Called when a stream ends. Never throws.
   * @param context context of the request, for exemplars
   */
  streamEnded(route: string, outcome: StreamOutcome, context: Context): void {
    this.#inFlight.change(-1)
    try {
      this.#outcomes.get(route, outcome).add(1, context)
    } catch (error) {
      internalErrors.report('stream_end', error)
    }
  }
}

function bindStreams(make: InstrumentFactory): (route: string) => StreamSeries {
  const duration = make.histogram(SSE_DEFINITIONS.duration)
  const timeToFirstEvent = make.histogram(SSE_DEFINITIONS.timeToFirstEvent)
  const gap = make.histogram(SSE_DEFINITIONS.gap)
  const events = make.counter(SSE_DEFINITIONS.events)
  const bytes = make.counter(SSE_DEFINITIONS.bytes)
  return (route) => ({
    duration: recordSeries(duration, { route }),
    timeToFirstEvent: recordSeries(timeToFirstEvent, { route }),
    gap: recordSeries(gap, { route }),
    events: countSeries(events, { route }),
    bytes: countSeries(bytes, { route }),
  })
}
