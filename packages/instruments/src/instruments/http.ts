import type { Context, Counter, Histogram } from '@opentelemetry/api'
import { METHOD } from '../cardinality/method.ts'
import { ROUTE } from '../cardinality/route.ts'
import { STATUS, statusCode } from '../cardinality/status.ts'
import type { InstrumentDefinition, InstrumentFactory } from './definition.ts'
import { InFlight } from './in-flight.ts'
import { internalErrors } from './internal-errors.ts'
import { type CountSeries, countSeries, type RecordSeries, recordSeries, SeriesIndex } from './series.ts'

/** Requests of the application's HTTP servers. */
export const HTTP_DEFINITIONS = {
  requests: {
    name: 'http.requests',
    kind: 'counter',
    unit: '{request}',
    description: 'Requests answered, by the status code sent. A stream is counted when its headers are sent.',
    attributes: [METHOD, ROUTE, STATUS],
  },
  duration: {
    name: 'http.request.duration',
    kind: 'histogram',
    unit: 's',
    description:
      'Time from the arrival of a request to the end of its response. For a stream, to its headers.',
    attributes: [METHOD, ROUTE],
    buckets: 'http',
  },
  inFlight: {
    name: 'http.in_flight_requests',
    kind: 'up_down_counter',
    merge: 'sum',
    unit: '{request}',
    description: 'Requests received and not answered yet, without streams.',
    attributes: [],
  },
} as const satisfies Record<string, InstrumentDefinition>

/** The series of one method and route. */
interface RouteSeries {
  duration: RecordSeries | undefined
  /** By status code; `undefined` for an invalid one. */
  readonly requests: Map<number | undefined, CountSeries>
}

/** Records requests. Callers bound method and route. No method throws. */
export class HttpInstruments {
  readonly #requests: Counter
  readonly #duration: Histogram
  readonly #inFlight: InFlight
  readonly #series = new SeriesIndex<RouteSeries>(() => ({ duration: undefined, requests: new Map() }))

  constructor(make: InstrumentFactory) {
    this.#requests = make.counter(HTTP_DEFINITIONS.requests)
    this.#inFlight = new InFlight(make.upDownCounter(HTTP_DEFINITIONS.inFlight))
    this.#duration = make.histogram(HTTP_DEFINITIONS.duration)
    this.#inFlight.change(0) // so that the series exists from the first scrape
  }

  /** Called when a request arrives. */
  requestStarted(): void {
    this.#inFlight.change(1)
  }

  /** Called when a request is answered, or becomes a stream. */
  requestEnded(): void {
    this.#inFlight.change(-1)
  }

  /**
   * Counts a request and records its duration. An error in one of the two does not prevent the other.
   * @param seconds time since the arrival of the request; `undefined` if the clock failed
   * @param context context of the request, for exemplars
   */
  recordRequest(
    method: string,
    route: string,
    status: number,
    seconds: number | undefined,
    context: Context,
  ): void {
    const series = this.#series.get(route, method)
    try {
      this.#requestsOf(series, method, route, status).add(1, context)
    } catch (error) {
      internalErrors.report('request_count', error)
    }
    if (seconds === undefined) return
    try {
      series.duration ??= recordSeries(this.#duration, { method, route })
      series.duration.record(seconds, context)
    } catch (error) {
      internalErrors.report('request_duration', error)
    }
  }

  #requestsOf({ requests }: RouteSeries, method: string, route: string, status: number): CountSeries {
    const code = statusCode(status)
    let series = requests.get(code)
    if (series === undefined) {
      series = countSeries(this.#requests, { method, route, status: String(code ?? STATUS.overflow) })
      requests.set(code, series)
    }
    return series
  }
}
