import type { ViewOptions as UpstreamViewOptions } from '@opentelemetry/sdk-metrics'
import type { ExemplarReservoirFactory } from '../exemplars/reservoir.ts'
import type { AttributeBound } from './attribute-bounds.ts'

/**
 * Selects instruments and says what their streams look like: upstream's `ViewOptions` and what upstream lacks. In
 * `instrumentName` every `*` is any number of characters and every `?` is one.
 */
export type ViewOptions = UpstreamViewOptions & {
  /**
   * Bounds on the values of attributes, by key, applied after `attributesProcessors`. For values that a client chooses:
   * the cardinality limit is first come, first served and would give all places to junk. The provider counts what was
   * cut (`attributeCuts`).
   */
  readonly attributeBounds?: Readonly<Record<string, AttributeBound>>
  /**
   * Makes the exemplar reservoir of each series. Default: one exemplar per bucket for explicit bucket histograms,
   * min(20, maxSize) for exponential ones, one for all others (specification metrics/sdk.md "Exemplar defaults").
   */
  readonly exemplarReservoir?: ExemplarReservoirFactory
}
