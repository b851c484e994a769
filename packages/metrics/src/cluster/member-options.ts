import type { Clock } from '../clock.ts'
import type { ChangeTracker } from '../collect/change-tracker.ts'
import type { Refused, SharedReadiness, Welcome } from './control-messages.ts'
import type { MergedMetrics } from './merged-metrics.ts'
import type { PushEncoder } from './push-encoder.ts'
import type { AnswerRequest } from './text-requests.ts'

/** Options of {@link Member}. */
export interface MemberOptions {
  /** Identifies the process, see `createMemberKey`. */
  readonly key: string
  /** Version of the package. */
  readonly version: string
  readonly tracker: ChangeTracker
  readonly encoder: PushEncoder
  /** Holds the merged state of the aggregator. */
  readonly replica: MergedMetrics
  /** Default: the clock of the process. */
  readonly clock?: Clock
  /** Longest time between two pushes, in milliseconds. Default: 1000. */
  readonly pushIntervalMs?: number
  /** Returns the readiness of this process, which the member sends when it has changed. */
  readonly readiness?: () => SharedReadiness
  /** Called when an aggregator accepts the member. */
  readonly onWelcome?: (welcome: Welcome) => void
  /**
   * Called when an aggregator does not accept the member, or no longer. The channel is closed then. For the reason `ended`, not called
   * at first: the member connects again with another key.
   */
  readonly onRefused?: (refused: Refused) => void
  /** Answers requests of the aggregator for metrics that are read at each scrape. Default: with an empty text. */
  readonly onRequest?: AnswerRequest
}
