import type { Histogram } from '@opentelemetry/sdk-metrics'
import type { FamilyName } from '../naming/metric-name.ts'
import type { Naming } from '../naming/naming.ts'
import type { ExemplarPoint } from './exemplar.ts'

interface Metadata extends FamilyName {
  /** Description as given, or empty text. */
  readonly help: string
  /** Names of the exposition, for labels of exemplars. */
  readonly naming: Naming
  /** Whether `_created` series are wanted, for formats that have them. */
  readonly created: boolean
  /** The inside of the braces of every series, by position; no two are equal. */
  readonly labels: readonly string[]
}

/** A counter or a gauge, ready to be written. Values of counters are numbers from 0 to infinity. */
export interface NumberFamily extends Metadata {
  readonly type: 'counter' | 'gauge'
  readonly points: readonly ExemplarPoint<number>[]
}

/** A histogram, ready to be written. */
export interface HistogramFamily extends Metadata {
  readonly type: 'histogram'
  readonly points: readonly ExemplarPoint<Histogram>[]
}

/** `target`: the attributes of the resource as labels of one sample with the value 1. */
export interface InfoFamily extends Metadata {
  readonly type: 'info'
}

/** What a format writes: one family with names, labels and points settled. */
export type WrittenFamily = NumberFamily | HistogramFamily | InfoFamily
