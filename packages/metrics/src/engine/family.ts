/** The metric types of OpenMetrics 1.0. `unknown` is `untyped` of the text format. */
export type FamilyType = Family['type']

/** Labels of a series, in the order of the exposition. */
export type Labels = Readonly<Record<string, string>>

/** A sample value with the labels that lead to its trace (OpenMetrics 1.0, "Exemplars"). */
export interface FamilyExemplar {
  readonly labels: Labels
  readonly value: number
  /** Seconds since the Unix epoch. */
  readonly timestamp?: number
}

/** A series with one value. */
export interface NumberPoint {
  readonly labels: Labels
  readonly value: number
  /** Start of the counter, in seconds since the Unix epoch: the value of its `_created` sample. */
  readonly created?: number
  readonly exemplar?: FamilyExemplar
}

/** A bucket of a histogram. */
export interface FamilyBucket {
  /** Inclusive upper bound, up to `Infinity`. */
  readonly bound: number
  /** Number of observations up to the bound: cumulative over the buckets. */
  readonly count: number
  readonly exemplar?: FamilyExemplar
}

/** A series of a histogram; its labels do not contain `le`. */
export interface HistogramPoint {
  readonly labels: Labels
  /** In ascending order of the bounds; the last bound is `Infinity`. */
  readonly buckets: readonly FamilyBucket[]
  readonly count: number
  /** Absent if the engine exposes no sum. */
  readonly sum?: number
  /** Start of the histogram, in seconds since the Unix epoch. */
  readonly created?: number
}

/** A quantile of a summary. */
export interface FamilyQuantile {
  /** From 0 to 1. */
  readonly quantile: number
  readonly value: number
}

/** A series of a summary; its labels do not contain `quantile`. */
export interface SummaryPoint {
  readonly labels: Labels
  readonly quantiles: readonly FamilyQuantile[]
  readonly count?: number
  readonly sum?: number
  /** Start of the summary, in seconds since the Unix epoch. */
  readonly created?: number
}

interface FamilyMetadata {
  /**
   * Name of the samples as the engine wrote it, without the suffixes of histograms and summaries. The name of a counter
   * of OpenMetrics ends in `_total`, that of an info in `_info`, as in the text format: both formats give the same name.
   */
  readonly name: string
  /** Unit of the `# UNIT` line; empty without one. */
  readonly unit: string
  /** Text of the `# HELP` line; empty without one. */
  readonly help: string
}

/** A metric with one value per series. The label of the state of a `stateset` has the name of the family. */
export interface NumberFamily extends FamilyMetadata {
  readonly type: 'counter' | 'gauge' | 'unknown' | 'info' | 'stateset'
  readonly points: readonly NumberPoint[]
}

/** A metric with buckets. The counts of a `gaugehistogram` can fall. */
export interface HistogramFamily extends FamilyMetadata {
  readonly type: 'histogram' | 'gaugehistogram'
  readonly points: readonly HistogramPoint[]
}

/** A metric with quantiles, which cannot be aggregated. */
export interface SummaryFamily extends FamilyMetadata {
  readonly type: 'summary'
  readonly points: readonly SummaryPoint[]
}

/** A metric of an exposition: its name, its metadata and all of its series. */
export type Family = NumberFamily | HistogramFamily | SummaryFamily
