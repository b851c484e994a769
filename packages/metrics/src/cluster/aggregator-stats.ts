import type { RefusalReason } from './codec.ts'

/** State of an aggregator, for its own metrics. */
export interface AggregatorStats {
  /** Number of members that have pushed within the last 3 s. */
  readonly live: number
  /** Number of connected members that have not. */
  readonly stale: number
  /** Time since the last push of the member whose last push is the oldest, in milliseconds. `undefined` without members. */
  readonly oldestPushAgeMs: number | undefined
  /** Size of all received messages, in characters. */
  readonly receivedBytes: number
  /** Number of messages that were dropped, by reason. */
  readonly dropped: ReadonlyMap<RefusalReason, number>
  /** Whether the last flush reached all members; `true` before the first one. */
  readonly complete: boolean
}
