import type { Histogram } from '@opentelemetry/sdk-metrics'
import type { HistogramPoint, NumberPoint, SummaryPoint } from '@vr/otel-metrics/internal'
import type { FamilyName } from '../naming/metric-name.ts'
import type { Naming } from '../naming/naming.ts'
import type { ExemplarPoint } from './exemplar.ts'

interface Metadata extends FamilyName {
  /** Description of the instrument, or empty text. */
  readonly help: string
  /** Naming of the exposition, for labels of exemplars. */
  readonly naming: Naming
  /** Whether `_created` samples are written, in formats that have them. */
  readonly created: boolean
  /** Rendered labels of every series, by position; all differ. */
  readonly labels: readonly string[]
}

/** A counter family. Values are between 0 and infinity. */
export interface CounterFamily extends Metadata {
  readonly type: 'counter'
  /** Whether a counter without `_total` keeps its name in OpenMetrics, where its type is `unknown` then. */
  readonly keepsName: boolean
  readonly points: readonly ExemplarPoint<number>[]
}

/** A gauge family. */
export interface GaugeFamily extends Metadata {
  readonly type: 'gauge'
  readonly points: readonly ExemplarPoint<number>[]
}

/** A histogram family. */
export interface HistogramFamily extends Metadata {
  readonly type: 'histogram'
  readonly points: readonly ExemplarPoint<Histogram>[]
}

/** A family with one value per series, of a type that OpenTelemetry does not have. The family `target` is one. */
export interface OtherNumberFamily extends Metadata {
  readonly type: 'unknown' | 'info' | 'stateset'
  readonly points: readonly Pick<NumberPoint, 'value'>[]
}

/** A family of summaries, which was read from another exposition. */
export interface SummaryFamily extends Metadata {
  readonly type: 'summary'
  readonly points: readonly SummaryPoint[]
}

/** A family of histograms whose counts can fall, which was read from another exposition. Its counts are cumulative over the buckets. */
export interface GaugeHistogramFamily extends Metadata {
  readonly type: 'gaugehistogram'
  readonly points: readonly HistogramPoint[]
}

/** A family of a type that OpenTelemetry does not have. */
export type OtherFamily = OtherNumberFamily | SummaryFamily | GaugeHistogramFamily

/** Input of a format: one family with final names, labels and points. */
export type WrittenFamily = CounterFamily | GaugeFamily | HistogramFamily | OtherFamily
