import type { DataPointType } from '@opentelemetry/sdk-metrics'
import { AlignedHistogramBucketExemplarReservoir } from '../exemplars/aligned-histogram-reservoir.ts'
import { SimpleFixedSizeExemplarReservoir } from '../exemplars/fixed-size-reservoir.ts'
import type { ExemplarReservoir, ReservoirStream } from '../exemplars/reservoir.ts'
import type { AggregationStorage } from './aggregation-storage.ts'
import {
  type ExponentialHistogramConfig,
  ExponentialHistogramStorage,
} from './exponential-histogram-storage.ts'
import { type HistogramConfig, HistogramStorage } from './histogram-storage.ts'
import { LastValueStorage } from './last-value-storage.ts'
import { SumStorage } from './sum-storage.ts'

/** How the measurements of a stream become data points (specification metrics/sdk.md "Aggregation"). */
export interface Aggregation {
  /** Equal keys mean equal aggregations. */
  readonly key: string
  readonly dataPointType: DataPointType
  /** Of sums only; undefined for the others. */
  readonly isMonotonic: boolean | undefined
  /** Work of building one data point, in data points of a sum. */
  readonly pointWeight: number
  /** Empty cells for a new interval. */
  createStorage(): AggregationStorage
  /** What a reservoir factory of a view is told. */
  readonly reservoirStream: ReservoirStream
  /** The reservoir by the specification's "Exemplar defaults". */
  createReservoir(): ExemplarReservoir
}

/** Exemplars of one exponential histogram (specification metrics/sdk.md "Exemplar defaults"). */
const MAX_EXPONENTIAL_EXEMPLARS = 20

const NO_BUCKETS: ReservoirStream = { boundaries: [], maxSize: 0 }

/** The sum of all measurements. */
export function sumAggregation(isMonotonic: boolean): Aggregation {
  return {
    key: `sum(${isMonotonic})`,
    dataPointType: 3 satisfies DataPointType.SUM,
    isMonotonic,
    pointWeight: 1,
    createStorage: () => new SumStorage(),
    reservoirStream: NO_BUCKETS,
    createReservoir: () => new SimpleFixedSizeExemplarReservoir(),
  }
}

/** The measurement that came last. */
export const LAST_VALUE: Aggregation = {
  key: 'last_value',
  dataPointType: 2 satisfies DataPointType.GAUGE,
  isMonotonic: undefined,
  pointWeight: 1,
  createStorage: () => new LastValueStorage(),
  reservoirStream: NO_BUCKETS,
  createReservoir: () => new SimpleFixedSizeExemplarReservoir(),
}

/** Counts by explicit buckets. */
export function histogramAggregation(shape: HistogramConfig): Aggregation {
  const { boundaries, recordMinMax, recordSum } = shape
  return {
    key: `histogram(${boundaries.join()};${recordMinMax};${recordSum})`,
    dataPointType: 0 satisfies DataPointType.HISTOGRAM,
    isMonotonic: undefined,
    pointWeight: 1 + Math.ceil(boundaries.length / 8),
    createStorage: () => new HistogramStorage(shape),
    reservoirStream: { boundaries, maxSize: 0 },
    createReservoir: () =>
      boundaries.length > 0
        ? new AlignedHistogramBucketExemplarReservoir(boundaries)
        : new SimpleFixedSizeExemplarReservoir(),
  }
}

/** Counts by exponential buckets whose width adapts to the values. */
export function exponentialHistogramAggregation(shape: ExponentialHistogramConfig): Aggregation {
  const { maxSize, recordMinMax, recordSum } = shape
  return {
    key: `exponential(${maxSize};${recordMinMax};${recordSum})`,
    dataPointType: 1 satisfies DataPointType.EXPONENTIAL_HISTOGRAM,
    isMonotonic: undefined,
    pointWeight: 2 + Math.ceil(maxSize / 8),
    createStorage: () => new ExponentialHistogramStorage(shape),
    reservoirStream: { boundaries: [], maxSize },
    createReservoir: () => new SimpleFixedSizeExemplarReservoir(Math.min(MAX_EXPONENTIAL_EXEMPLARS, maxSize)),
  }
}
