import type { DataPointType } from '@opentelemetry/sdk-metrics'
import { AlignedHistogramBucketExemplarReservoir } from '../exemplars/aligned-histogram-reservoir.ts'
import { SimpleFixedSizeExemplarReservoir } from '../exemplars/fixed-size-reservoir.ts'
import type { ExemplarReservoir, ReservoirStream } from '../exemplars/reservoir.ts'
import type { Cells } from './cells.ts'
import { ExponentialHistogramCells, type ExponentialShape } from './exponential-histogram-cells.ts'
import { HistogramCells, type HistogramShape } from './histogram-cells.ts'
import { LastValueCells } from './last-value-cells.ts'
import { SumCells } from './sum-cells.ts'

/** How the measurements of a stream become data points (specification metrics/sdk.md "Aggregation"). */
export interface Aggregation {
  /** Equal keys mean equal aggregations. */
  readonly key: string
  readonly dataPointType: DataPointType
  /** Of sums only; undefined for the others. */
  readonly isMonotonic: boolean | undefined
  /** Work of building one data point, in data points of a sum. */
  readonly pointCost: number
  /** Empty cells for a new interval. */
  createCells(): Cells
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
    pointCost: 1,
    createCells: () => new SumCells(),
    reservoirStream: NO_BUCKETS,
    createReservoir: () => new SimpleFixedSizeExemplarReservoir(),
  }
}

/** The measurement that came last. */
export const LAST_VALUE: Aggregation = {
  key: 'last_value',
  dataPointType: 2 satisfies DataPointType.GAUGE,
  isMonotonic: undefined,
  pointCost: 1,
  createCells: () => new LastValueCells(),
  reservoirStream: NO_BUCKETS,
  createReservoir: () => new SimpleFixedSizeExemplarReservoir(),
}

/** Counts by explicit buckets. */
export function histogramAggregation(shape: HistogramShape): Aggregation {
  const { boundaries, recordMinMax, recordSum } = shape
  return {
    key: `histogram(${boundaries.join()};${recordMinMax};${recordSum})`,
    dataPointType: 0 satisfies DataPointType.HISTOGRAM,
    isMonotonic: undefined,
    pointCost: 1 + Math.ceil(boundaries.length / 8),
    createCells: () => new HistogramCells(shape),
    reservoirStream: { boundaries, maxSize: 0 },
    createReservoir: () =>
      boundaries.length > 0
        ? new AlignedHistogramBucketExemplarReservoir(boundaries)
        : new SimpleFixedSizeExemplarReservoir(),
  }
}

/** Counts by exponential buckets whose width adapts to the values. */
export function exponentialAggregation(shape: ExponentialShape): Aggregation {
  const { maxSize, recordMinMax, recordSum } = shape
  return {
    key: `exponential(${maxSize};${recordMinMax};${recordSum})`,
    dataPointType: 1 satisfies DataPointType.EXPONENTIAL_HISTOGRAM,
    isMonotonic: undefined,
    pointCost: 2 + Math.ceil(maxSize / 8),
    createCells: () => new ExponentialHistogramCells(shape),
    reservoirStream: { boundaries: [], maxSize },
    createReservoir: () => new SimpleFixedSizeExemplarReservoir(Math.min(MAX_EXPONENTIAL_EXEMPLARS, maxSize)),
  }
}
