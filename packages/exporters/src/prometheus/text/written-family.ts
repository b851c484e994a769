import type { Histogram } from '@opentelemetry/sdk-metrics'
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

/** A counter or gauge family. Values of counters are between 0 and infinity. */
export interface NumberFamily extends Metadata {
  readonly type: 'counter' | 'gauge'
  readonly points: readonly ExemplarPoint<number>[]
}

/** A histogram family. */
export interface HistogramFamily extends Metadata {
  readonly type: 'histogram'
  readonly points: readonly ExemplarPoint<Histogram>[]
}

/** The family `target`: resource attributes as labels of one sample with the value 1. */
export interface InfoFamily extends Metadata {
  readonly type: 'info'
}

/** Input of a format: one family with final names, labels and points. */
export type WrittenFamily = NumberFamily | HistogramFamily | InfoFamily
