import type { InstrumentationScope } from '@opentelemetry/core'
import type { CollectionResult, IMetricReader, MetricCollectOptions } from '@opentelemetry/sdk-metrics'
import type { StreamSnapshot } from '../series/stream-snapshot.ts'

/** The metrics of several processes, which a reader exports instead of those of its own process. */
export interface SharedMetrics {
  /** Collects the shared metrics for a reader. Never rejects. */
  collect(reader: IMetricReader, own: OwnStreams, options?: MetricCollectOptions): Promise<CollectionResult>
}

/** The streams of this process that a reader would export without shared metrics. */
export interface OwnStreams {
  /**
   * Starts a new interval of the delta streams of the reader. Synchronous.
   *
   * @returns what the reader has not exported yet (synchronous instruments), and what it has exported (asynchronous ones)
   */
  takeDeltas(): OwnDeltas
}

/** Result of {@link OwnStreams.takeDeltas}. */
export interface OwnDeltas {
  /** Values of synchronous instruments since the last collection. */
  readonly pending: readonly OwnSnapshot[]
  /** Last observed values of asynchronous instruments: those that the reader's deltas add up to. */
  readonly exported: readonly OwnSnapshot[]
}

/** Data of one stream of this process. */
export interface OwnSnapshot {
  readonly scope: InstrumentationScope
  readonly snapshot: StreamSnapshot
}
