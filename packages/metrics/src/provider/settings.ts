import { type Context, context, ROOT_CONTEXT } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { IMetricReader } from '@opentelemetry/sdk-metrics'
import type { StreamSettings } from '../collect/stream-plan.ts'
import { type ExemplarAttributes, type ExemplarFilter, ExemplarSampler } from '../exemplars/sampler.ts'
import { logger } from '../logger.ts'
import { epochNow } from '../real-timers.ts'
import { View } from '../views/view.ts'
import type { ViewOptions } from '../views/view-options.ts'

/** Options of a MeterProvider: upstream's and what upstream lacks. */
export interface MeterProviderOptions {
  /** What is measured; default: upstream's default resource. */
  readonly resource?: Resource
  /** Any upstream MetricReader, also of another copy of sdk-metrics. Each is bound to one provider only. */
  readonly readers?: readonly IMetricReader[]
  /** Default: every instrument as it is. */
  readonly views?: readonly ViewOptions[]
  /** Default `trace_based`; `always_off` costs nothing at all. */
  readonly exemplarFilter?: ExemplarFilter
  /**
   * Series per stream beside the overflow series `otel.metric.overflow: true`, at least 1; default 2000. A limit of a
   * view wins, and one of a reader, unless it is 2000, which upstream's readers say if nothing was set.
   */
  readonly cardinalityLimit?: number
  /**
   * Which attributes that a view removed may appear on exemplars; default all, as the specification has it. Where a
   * view hides something confidential, name the harmless ones or none.
   */
  readonly exemplarAttributes?: ExemplarAttributes
  /** The context of a measurement that names none; default: the active context of the API. */
  readonly activeContext?: () => Context
  /** Upstream's experimental switch: readers that can report about themselves do so to this provider. Default false. */
  readonly sdkMetricsEnabled?: boolean
  /** Epoch milliseconds; default `Date.now`. */
  readonly now?: () => number
}

function createSampler(
  options: MeterProviderOptions,
  activeContext: () => Context,
): ExemplarSampler | undefined {
  const { exemplarFilter = 'trace_based', exemplarAttributes = 'all' } = options
  if (exemplarFilter === 'always_off') return undefined
  const isKnown = exemplarFilter === 'trace_based' || exemplarFilter === 'always_on'
  if (!isKnown) logger.warn(`exemplarFilter "${exemplarFilter}" is none; using "trace_based"`)
  return new ExemplarSampler(isKnown ? exemplarFilter : 'trace_based', exemplarAttributes, activeContext)
}

/** The options with their defaults. @throws Error if a view selects nothing in particular */
export function resolveSettings(options: MeterProviderOptions): StreamSettings {
  const activeContext = withRootContextFallback(options.activeContext) ?? (() => context.active())
  const now = options.now ?? epochNow
  return {
    readers: options.readers ?? [],
    views: (options.views ?? []).map((view) => new View(view)),
    cardinalityLimit: options.cardinalityLimit,
    sampler: createSampler(options, activeContext),
    activeContext,
    now,
  }
}

/** A measurement counts even if nobody can say where it was made. */
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
