import type { Attributes, Context, Counter, Histogram, UpDownCounter } from '@opentelemetry/api'

/** A counter with bound attributes. */
export interface CountSeries {
  add(value: number, context?: Context): void
}

/** A histogram with bound attributes. */
export interface RecordSeries {
  record(value: number, context?: Context): void
}

/**
 * Returns the series of a counter for one set of attributes. If the instruments of the provider have `bind`, an addition
 * needs no look-up of the attributes; otherwise each addition passes them.
 */
export function countSeries(counter: Counter | UpDownCounter, attributes: Attributes): CountSeries {
  if (isBindable<CountSeries>(counter)) return counter.bind(attributes)
  return { add: (value, context) => counter.add(value, attributes, context) }
}

/** As {@link countSeries}, for a histogram. */
export function recordSeries(histogram: Histogram, attributes: Attributes): RecordSeries {
  if (isBindable<RecordSeries>(histogram)) return histogram.bind(attributes)
  return { record: (value, context) => histogram.record(value, attributes, context) }
}

/** `bind` is not part of the OpenTelemetry API. */
function isBindable<Series>(instrument: object): instrument is { bind(attributes: Attributes): Series } {
  return 'bind' in instrument && typeof instrument.bind === 'function'
}

/** Maximum number of values of the first label in an index; more than the largest limit of a label. */
const MAX_FOUND = 2_000

/**
 * Caches series by the values of two labels, with one map for each label. Callers bound the values that exist at a time;
 * over time there may be more, and a full index is cleared: creating a series again only costs time.
 */
export class SeriesIndex<Series> {
  readonly #make: (a: string, b: string) => Series
  readonly #found = new Map<string, Map<string, Series>>()

  constructor(make: (a: string, b: string) => Series) {
    this.#make = make
  }

  get(a: string, b: string): Series {
    let inner = this.#found.get(a)
    if (inner === undefined) {
      if (this.#found.size >= MAX_FOUND) this.#found.clear()
      inner = new Map()
      this.#found.set(a, inner)
    }
    let series = inner.get(b)
    if (series === undefined) {
      series = this.#make(a, b)
      inner.set(b, series)
    }
    return series
  }
}
