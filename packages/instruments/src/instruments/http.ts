import type { Context, Counter, UpDownCounter } from '@opentelemetry/api'
import type { InstrumentDefinition, InstrumentFactory } from './definition.ts'
import { type CountSeries, countSeries, type RecordSeries, recordSeries, SeriesIndex } from './series.ts'

/** Requests of the application's HTTP servers. */
export const HTTP_DEFINITIONS = {
  requests: {
    name: 'http.requests',
    kind: 'counter',
    unit: '{request}',
    description: 'Requests answered, by the status code sent; a stream counts when its headers go out.',
    attributes: ['method', 'route', 'status'],
  },
  duration: {
    name: 'http.request.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Time from the arrival of a request to the end of its answer; for a stream, to its headers.',
    attributes: ['method', 'route'],
    buckets: 'http',
  },
  inFlight: {
    name: 'http.in_flight_requests',
    kind: 'up_down_counter',
    unit: '{request}',
    description: 'Requests that have arrived and are not answered yet; streams are not among them.',
    attributes: [],
  },
} as const satisfies Record<string, InstrumentDefinition>

/** What is counted of one method and route. */
interface RouteSeries {
  readonly duration: RecordSeries
  readonly requests: Map<number, CountSeries>
}

/** Counts requests. Method and route have to be bounded by the caller. */
export class HttpInstruments {
  readonly #requests: Counter
  readonly #inFlight: UpDownCounter
  readonly #series: SeriesIndex<RouteSeries>

  constructor(make: InstrumentFactory) {
    this.#requests = make.counter(HTTP_DEFINITIONS.requests)
    this.#inFlight = make.upDownCounter(HTTP_DEFINITIONS.inFlight)
    const duration = make.histogram(HTTP_DEFINITIONS.duration)
    this.#series = new SeriesIndex((route, method) => ({
      duration: recordSeries(duration, { method, route }),
      requests: new Map(),
    }))
    this.#inFlight.add(0) // there from the first scrape
  }

  /** A request arrived. */
  arrived(): void {
    this.#inFlight.add(1)
  }

  /** A request was answered, or became a stream: it is in flight no more. */
  left(): void {
    this.#inFlight.add(-1)
  }

  /**
   * A request is counted.
   * @param seconds from its arrival
   * @param context of the request, for exemplars
   */
  counted(method: string, route: string, status: number, seconds: number, context: Context): void {
    const series = this.#series.get(route, method)
    series.duration.record(seconds, context)
    let requests = series.requests.get(status)
    if (requests === undefined) {
      requests = countSeries(this.#requests, { method, route, status: String(status) })
      series.requests.set(status, requests)
    }
    requests.add(1, context)
  }
}
