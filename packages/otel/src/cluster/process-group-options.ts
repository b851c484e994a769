import type { Resource } from '@opentelemetry/resources'
import type { MeterProvider } from '@vr/otel-metrics'
import type { Settings } from '../config/settings.ts'
import type { Readiness } from '../health/readiness.ts'
import type { StderrLogger } from '../logging/stderr-logger.ts'
import type { ExternalAnswers } from './role.ts'

/** Options of `ProcessGroup`. */
export interface ProcessGroupOptions {
  readonly settings: Settings
  readonly resource: Resource
  readonly log: StderrLogger
  readonly provider: MeterProvider
  /** The readiness of this process, which a member reports. */
  readonly readiness: Readiness
  /** Called when a server of a member answers scrapes: with its URL, or without one if it would open `VR_METRICS_PORT`. */
  readonly onMemberServing: (url: string | undefined) => void
  /** Called once, when the first member connects, or this process becomes the aggregator of a group. */
  readonly onAggregating: () => void
  /** Called when another process has become the aggregator instead of this one: it opens `VR_METRICS_PORT`. */
  readonly onDeposed: () => void
  /** Called at an interval in each thread of a process with several threads. */
  readonly onInterval: () => void
  /** Answers requests of the other processes for metrics that are read at each scrape. */
  readonly external: ExternalAnswers | undefined
}
