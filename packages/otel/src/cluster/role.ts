import type { SharedStore } from '@vr/otel-metrics/cluster'
import type { Settings } from '../config/settings.ts'

/** The part of a process that shares its metrics with others: it pushes them to another process, or merges those of others. */
export interface Role {
  /**
   * Returns what a reader exports; `undefined` for the metrics of this process alone.
   * @param isPulled whether the reader is scraped
   */
  sharedMetrics(isPulled: boolean): SharedStore | undefined
  /** Updates the merged metrics for a scrape. Calls at the same time, which belong to one scrape, share one round. Returns whether no worker is missing. */
  refresh(): Promise<boolean>
  /** Makes the metrics of this process safe before it ends. Without a time limit; never rejects. */
  flush(): Promise<void>
  /** Pushes what changed, synchronously, because the process ends. Never throws. */
  pushAtExit(): void
  /** Leaves the other processes. */
  close(): void
}

/** Settings of a {@link Role}. */
export type RoleSettings = Pick<
  Settings,
  | 'clusterPushInterval'
  | 'clusterOtlp'
  | 'cardinalityLimit'
  | 'metricsPrefix'
  | 'llamaStackPrefix'
  | 'clusterGauges'
>

/** Answers requests of other processes for metrics that are read at each scrape, and are not pushed. */
export interface ExternalAnswers {
  /** Called in the process that aggregates, for a scrape of a member. */
  readonly answerMember: (timeoutMs: number) => Promise<string>
  /** Called in a member, for a scrape of any process. */
  readonly answerAggregator: (timeoutMs: number) => Promise<string>
}
