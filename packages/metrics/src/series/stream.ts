import type { AggregationTemporality } from '@opentelemetry/sdk-metrics'
import type { ExemplarReservoir } from '../exemplars/reservoir.ts'
import type { ExemplarSampler } from '../exemplars/sampler.ts'
import type { AttributeTransform } from '../views/attribute-transform.ts'
import type { Aggregation } from './aggregation.ts'
import type { InstrumentDescriptor } from './instrument-descriptor.ts'

/** Configuration of a metric stream (specification metrics/sdk.md "Stream configuration"). */
export interface StreamOptions {
  readonly descriptor: InstrumentDescriptor
  readonly aggregation: Aggregation
  readonly temporality: AggregationTemporality
  /** Cardinality limit: number of series besides the overflow series. */
  readonly limit: number
  /** Attribute processing of the view; undefined if it keeps all attributes. */
  readonly transform: AttributeTransform | undefined
  /** Undefined if exemplars are off. */
  readonly sampler: ExemplarSampler | undefined
  readonly createReservoir: () => ExemplarReservoir
  /** Epoch milliseconds. */
  readonly now: () => number
}
