import type { Attributes, Context, Counter, Histogram, UpDownCounter } from '@opentelemetry/api'

/** A counter with its attributes already chosen. */
export interface CountSeries {
  add(value: number, context?: Context): void
}

/** A histogram with its attributes already chosen. */
export interface RecordSeries {
  record(value: number, context?: Context): void
}

/**
 * The series of a counter at one set of attributes. Where the provider offers `bind`, a handle that finds its
 * cell without a look-up; on any other provider, a plain call with the attributes.
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

/** `bind` is no part of the API (yet): it is looked for, not assumed. */
function isBindable<Series>(instrument: object): instrument is { bind(attributes: Attributes): Series } {
  return 'bind' in instrument && typeof instrument.bind === 'function'
}

/** Values of the first label that an index holds: more than the largest bound, and a few of former values. */
const MAX_FOUND = 2_000

/**
 * Series made once and found by the values of their labels, one Map a label. Values are bounded at a time; an index that
 * has met many former values forgets them all, since making a series again only costs time.
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
