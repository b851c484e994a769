import type { Context, Counter, UpDownCounter } from '@opentelemetry/api'
import { METHOD } from '../cardinality/method.ts'
import { ROUTE } from '../cardinality/route.ts'
import { STATUS, statusCode } from '../cardinality/status.ts'
import type { InstrumentDefinition, InstrumentFactory } from './definition.ts'
import { type CountSeries, countSeries, type RecordSeries, recordSeries, SeriesIndex } from './series.ts'

/** Requests of the application's HTTP servers. */
export const HTTP_DEFINITIONS = {
  requests: {
    name: 'http.requests',
    kind: 'counter',
    unit: '{request}',
    description: 'Requests answered, by the status code sent; a stream counts when its headers go out.',
    attributes: [METHOD, ROUTE, STATUS],
  },
  duration: {
    name: 'http.request.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Time from the arrival of a request to the end of its answer; for a stream, to its headers.',
    attributes: [METHOD, ROUTE],
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
  /** By status code; `undefined` for what is none. */
  readonly requests: Map<number | undefined, CountSeries>
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
    const code = statusCode(status)
    let requests = series.requests.get(code)
    if (requests === undefined) {
      requests = countSeries(this.#requests, { method, route, status: String(code ?? STATUS.other) })
      series.requests.set(code, requests)
    }
    requests.add(1, context)
  }
}
