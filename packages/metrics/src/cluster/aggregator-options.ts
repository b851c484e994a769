import type { Attributes } from '@opentelemetry/api'
import type { Clock } from '../clock.ts'
import type { ChangeTracker } from '../collect/change-tracker.ts'
import type { MergedMetrics } from './merged-metrics.ts'
import type { PushEncoder } from './push-encoder.ts'
import type { AnswerRequest } from './text-requests.ts'

/** Part of `MergedMetrics` that an aggregator uses. */
export type MergeStore = Pick<
  MergedMetrics,
  'open' | 'apply' | 'markStale' | 'end' | 'fold' | 'merge' | 'changesSince' | 'forgetConflicts'
>

/** Options of {@link Aggregator}. */
export interface AggregatorOptions {
  /** Identifies this process, and its own source in the store. */
  readonly key: string
  /** Version of the package. */
  readonly version: string
  /** Merges the metrics of all processes. */
  readonly store: MergeStore
  /** The metrics of this process. */
  readonly tracker: ChangeTracker
  readonly encoder: PushEncoder
  /** Value of the label `worker` of this process, for gauges that have it. Default: `primary`. */
  readonly worker?: string
  /** Attributes of the resource that every scrape has. */
  readonly resource: () => Attributes
  /** Default: the clock of the process. */
  readonly clock?: Clock
  /** Called when a server of a member answers scrapes, with the address of its metrics. */
  readonly onServing?: (url: string | undefined) => void
  /** Answers requests of members for metrics that are read at each scrape. Default: with an empty text. */
  readonly onRequest?: AnswerRequest
}
