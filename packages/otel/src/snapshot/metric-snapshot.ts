/** Labels of a series, as in a scrape. */
type Labels = Readonly<Record<string, string>>

/** One series of a counter. */
export interface Counter {
  /** Distinguishes the kinds of {@link MetricSnapshot}. */
  readonly type: 'Counter'
  /** Name in a scrape, without `_total`. */
  readonly name: string
  /** Labels in a scrape. */
  readonly labels: Labels
  /** Total since the start of the series. */
  readonly value: number
}

/** One series of a gauge. */
export interface Gauge {
  /** Distinguishes the kinds of {@link MetricSnapshot}. */
  readonly type: 'Gauge'
  /** Name in a scrape. */
  readonly name: string
  /** Labels in a scrape. */
  readonly labels: Labels
  /** May be `NaN`, `Infinity` or `-Infinity`. */
  readonly value: number
}

/** One series of a histogram. */
export interface Histogram {
  /** Distinguishes the kinds of {@link MetricSnapshot}. */
  readonly type: 'Histogram'
  /** Name in a scrape, without `_bucket`, `_count` and `_sum`. */
  readonly name: string
  /** Labels in a scrape. */
  readonly labels: Labels
  /** Number of values that were recorded. */
  readonly count: number
  /** Sum of all values; `NaN` if the histogram has none. */
  readonly sum: number
  /**
   * Number of values up to each bound, cumulative. The keys are the values of the label `le` in a scrape, such as `0.5` and
   * `10.0`, in increasing order. `+Inf` is always the last one, and equals `count`.
   */
  readonly buckets: Readonly<Record<string, number>>
}

/** Series that differ in one label, a position, as one list. */
export interface Vector {
  /** Distinguishes the kinds of {@link MetricSnapshot}. */
  readonly type: 'Vector'
  /** Name in a scrape, without `_total`. */
  readonly name: string
  /** Labels without the position. */
  readonly labels: Labels
  /** Values by position; 0 for a position without a series. All vectors of a family have the same length. */
  readonly values: readonly number[]
}

/**
 * One series in a snapshot. `JSON.stringify` writes numbers that JSON does not have as the texts `NaN`, `Infinity` and
 * `-Infinity`, which `Number()` reads.
 */
export type MetricSnapshot = Counter | Gauge | Histogram | Vector

/** Selects the series of a snapshot. */
export interface SnapshotFilter {
  /** Names of families, with or without `_total`. Default, if there are no `prefixes` either: all. */
  readonly names?: readonly string[]
  /** Prefixes of names of families, such as `vllm:`. A family with one of `names` or `prefixes` is included. */
  readonly prefixes?: readonly string[]
  /** Labels that a series must have, with these values. Default: none. */
  readonly labels?: Readonly<Record<string, string>>
  /**
   * Counters and gauges that become vectors: the label with the position (`0`, `1` …), by the name of the family.
   * `vllm:spec_decode_num_accepted_tokens_per_pos` always is a vector by `position`.
   */
  readonly vectors?: Readonly<Record<string, string>>
}
