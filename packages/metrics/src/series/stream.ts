import type { AggregationTemporality } from '@opentelemetry/sdk-metrics'
import type { ExemplarReservoir } from '../exemplars/reservoir.ts'
import type { ExemplarSampler } from '../exemplars/sampler.ts'
import type { AttributeTransform } from '../views/attribute-transform.ts'
import type { Aggregation } from './aggregation.ts'
import type { InstrumentDescriptor } from './instrument-descriptor.ts'

/** AggregationTemporality.DELTA of upstream. */
export const DELTA: AggregationTemporality.DELTA = 0

/** What a stream is made of. */
export interface StreamOptions {
  readonly descriptor: InstrumentDescriptor
  readonly aggregation: Aggregation
  readonly temporality: AggregationTemporality
  /** Series beside the overflow series. */
  readonly limit: number
  /** What the view makes of the attributes; undefined if they stay as they are. */
  readonly transform: AttributeTransform | undefined
  /** Undefined if there are no exemplars. */
  readonly sampler: ExemplarSampler | undefined
  readonly createReservoir: () => ExemplarReservoir
  /** Epoch milliseconds. */
  readonly now: () => number
}
