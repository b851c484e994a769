import type { ViewOptions as UpstreamViewOptions } from '@opentelemetry/sdk-metrics'
import type { ExemplarReservoirFactory } from '../exemplars/reservoir.ts'
import type { AttributeBound } from './attribute-bounds.ts'

/**
 * Selects instruments and configures their streams: the `ViewOptions` of sdk-metrics and more. In `instrumentName`, `*`
 * matches any number of characters and `?` exactly one.
 */
export type ViewOptions = UpstreamViewOptions & {
  /**
   * Limits the values of attributes, by key. Applied after `attributesProcessors`. Use it for values that clients
   * choose: otherwise arbitrary values can use up the cardinality limit. `MeterProvider.attributeOverflows` returns how many
   * values were replaced.
   */
  readonly attributeBounds?: Readonly<Record<string, AttributeBound>>
  /**
   * Creates the exemplar reservoir of each series. Default: one exemplar per bucket for explicit bucket histograms,
   * min(20, maxSize) for exponential histograms, one for others (specification metrics/sdk.md "Exemplar defaults").
   */
  readonly exemplarReservoir?: ExemplarReservoirFactory
}
