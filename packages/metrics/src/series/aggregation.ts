import type { DataPointType } from '@opentelemetry/sdk-metrics'
import { AlignedHistogramBucketExemplarReservoir } from '../exemplars/aligned-histogram-reservoir.ts'
import { SimpleFixedSizeExemplarReservoir } from '../exemplars/fixed-size-reservoir.ts'
import type { ExemplarReservoir, ReservoirStream } from '../exemplars/reservoir.ts'
import { EXPONENTIAL_HISTOGRAM_POINT, GAUGE_POINT, HISTOGRAM_POINT, SUM_POINT } from '../sdk-values.ts'
import type { AggregationStorage } from './aggregation-storage.ts'
import {
  type ExponentialHistogramConfig,
  ExponentialHistogramStorage,
} from './exponential-histogram-storage.ts'
import { type HistogramConfig, HistogramStorage } from './histogram-storage.ts'
import { LastValueStorage } from './last-value-storage.ts'
import { SumStorage } from './sum-storage.ts'

/** Computes the data points of a stream from its measurements (specification metrics/sdk.md "Aggregation"). */
export interface Aggregation {
  /** Two aggregations with the same key are equal. */
  readonly key: string
  readonly dataPointType: DataPointType
  /** Undefined unless the aggregation is a sum. */
  readonly isMonotonic: boolean | undefined
  /** Cost of building one data point, relative to a data point of a sum. */
  readonly pointWeight: number
  /** Creates empty storage for a new collection interval. */
  createStorage(): AggregationStorage
  /** Argument of a view's reservoir factory. */
  readonly reservoirStream: ReservoirStream
  /** Creates the default reservoir (specification metrics/sdk.md "Exemplar defaults"). */
  createReservoir(): ExemplarReservoir
}

/** Maximum number of exemplars of an exponential histogram (specification metrics/sdk.md "Exemplar defaults"). */
const MAX_EXPONENTIAL_EXEMPLARS = 20

const NO_BUCKETS: ReservoirStream = { boundaries: [], maxSize: 0 }

/** Sum of all measurements. */
export function sumAggregation(isMonotonic: boolean): Aggregation {
  return {
    key: `sum(${isMonotonic})`,
    dataPointType: SUM_POINT,
    isMonotonic,
    pointWeight: 1,
    createStorage: () => new SumStorage(),
    reservoirStream: NO_BUCKETS,
    createReservoir: () => new SimpleFixedSizeExemplarReservoir(),
  }
}

/** The most recent measurement. */
export const LAST_VALUE: Aggregation = {
  key: 'last_value',
  dataPointType: GAUGE_POINT,
  isMonotonic: undefined,
  pointWeight: 1,
  createStorage: () => new LastValueStorage(),
  reservoirStream: NO_BUCKETS,
  createReservoir: () => new SimpleFixedSizeExemplarReservoir(),
}

/** Explicit bucket histogram. */
export function histogramAggregation(config: HistogramConfig): Aggregation {
  const { boundaries, recordMinMax, recordSum } = config
  return {
    key: `histogram(${boundaries.join()};${recordMinMax};${recordSum})`,
    dataPointType: HISTOGRAM_POINT,
    isMonotonic: undefined,
    pointWeight: 1 + Math.ceil(boundaries.length / 8),
    createStorage: () => new HistogramStorage(config),
    reservoirStream: { boundaries, maxSize: 0 },
    createReservoir: () =>
      boundaries.length > 0
        ? new AlignedHistogramBucketExemplarReservoir(boundaries)
        : new SimpleFixedSizeExemplarReservoir(),
  }
}

/** Base2 exponential histogram. Its scale adapts to the range of the values. */
export function exponentialHistogramAggregation(config: ExponentialHistogramConfig): Aggregation {
  const { maxSize, recordMinMax, recordSum } = config
  return {
    key: `exponential(${maxSize};${recordMinMax};${recordSum})`,
    dataPointType: EXPONENTIAL_HISTOGRAM_POINT,
    isMonotonic: undefined,
    pointWeight: 2 + Math.ceil(maxSize / 8),
    createStorage: () => new ExponentialHistogramStorage(config),
    reservoirStream: { boundaries: [], maxSize },
    createReservoir: () => new SimpleFixedSizeExemplarReservoir(Math.min(MAX_EXPONENTIAL_EXEMPLARS, maxSize)),
  }
}
