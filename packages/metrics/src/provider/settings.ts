import { type Context, context, ROOT_CONTEXT } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { IMetricReader } from '@opentelemetry/sdk-metrics'
import type { SharedMetricsSelector } from '../collect/collector.ts'
import type { StreamSettings } from '../collect/stream-plan.ts'
import { type ExemplarAttributes, type ExemplarFilter, ExemplarSampler } from '../exemplars/sampler.ts'
import { logger } from '../logger.ts'
import { epochNow } from '../real-timers.ts'
import { View } from '../views/view.ts'
import type { ViewOptions } from '../views/view-options.ts'

/** Options of a `MeterProvider`: those of sdk-metrics and more. */
export interface MeterProviderOptions {
  /** Resource of all metrics. Default: OpenTelemetry's default resource. */
  readonly resource?: Resource
  /** Readers of sdk-metrics, also of another copy of it. A reader can belong to one provider only. */
  readonly readers?: readonly IMetricReader[]
  /** Default: none. Each instrument then has one stream with the default aggregation. */
  readonly views?: readonly ViewOptions[]
  /** Default `trace_based`. `always_off` has no cost per record. */
  readonly exemplarFilter?: ExemplarFilter
  /**
   * Number of series per stream besides the overflow series `otel.metric.overflow: true`, at least 1. Default 2000.
   * Limits of views and readers take precedence, except 2000 from a reader: sdk-metrics returns it if nothing was
   * configured.
   */
  readonly cardinalityLimit?: number
  /**
   * Attributes removed by a view that may appear on exemplars. Default: all, by the specification. If a view removes
   * confidential attributes, list the harmless ones here, or none.
   */
  readonly exemplarAttributes?: ExemplarAttributes
  /** Returns the context of measurements that pass none. Default: the active context of the API. */
  readonly activeContext?: () => Context
  /** Experimental option of sdk-metrics: readers record metrics about themselves with this provider. Default false. */
  readonly sdkMetricsEnabled?: boolean
  /** For `@vr/otel`: returns the metrics of several processes, if a reader exports them. Default: each reader exports those of this process. */
  readonly sharedMetrics?: SharedMetricsSelector
  /** Returns the time in epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number
}

function createSampler(
  options: MeterProviderOptions,
  activeContext: () => Context,
): ExemplarSampler | undefined {
  const { exemplarFilter = 'trace_based', exemplarAttributes = 'all' } = options
  if (exemplarFilter === 'always_off') return undefined
  const isKnown = exemplarFilter === 'trace_based' || exemplarFilter === 'always_on'
  if (!isKnown)
    logger.warn(
      `exemplarFilter: got "${exemplarFilter}", expected "trace_based", "always_on" or "always_off", using "trace_based"`,
    )
  return new ExemplarSampler(isKnown ? exemplarFilter : 'trace_based', exemplarAttributes, activeContext)
}

/**
 * Validates the options and applies defaults.
 *
 * @throws Error if a view is invalid
 */
export function resolveSettings(options: MeterProviderOptions): StreamSettings {
  const activeContext = withRootContextFallback(options.activeContext) ?? (() => context.active())
  const now = options.now ?? epochNow
  return {
    readers: [...(options.readers ?? [])],
    views: (options.views ?? []).map((view) => new View(view)),
    cardinalityLimit: options.cardinalityLimit,
    sampler: createSampler(options, activeContext),
    activeContext,
    now,
  }
}

/**
 * Returns a function that falls back to the root context if `activeContext` throws: the measurement must still count.
 */
function withRootContextFallback(activeContext: (() => Context) | undefined): (() => Context) | undefined {
  return (
    activeContext &&
    (() => {
      try {
        return activeContext()
      } catch {
        return ROOT_CONTEXT
      }
    })
  )
}
