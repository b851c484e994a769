import type { AggregationOption } from '@opentelemetry/sdk-metrics'
import { AGGREGATION } from '../sdk-values.ts'
import {
  type Aggregation,
  exponentialHistogramAggregation,
  histogramAggregation,
  LAST_VALUE,
  sumAggregation,
} from '../series/aggregation.ts'
import {
  acceptsNegativeValues,
  type InstrumentDescriptor,
  isAsynchronous,
  isGauge,
} from '../series/instrument-descriptor.ts'

/** Specification metrics/sdk.md "Explicit Bucket Histogram Aggregation", default of `Boundaries`. */
const DEFAULT_BOUNDARIES = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000]

/** Specification metrics/sdk.md "Base2 Exponential Bucket Histogram Aggregation", default of `MaxSize`. */
const DEFAULT_MAX_SIZE = 160

/** Whether `type` is an `AggregationType` of sdk-metrics. */
export function isAggregationType(type: unknown): boolean {
  return Object.values<unknown>(AGGREGATION).includes(type)
}

/**
 * Returns the aggregation that an option selects for an instrument.
 *
 * @returns 'drop' for the drop aggregation, 'unsuitable' if the instrument does not support the option: a histogram of
 * observed values would count the same value again at every collection
 */
export function chooseAggregation(
  option: AggregationOption | undefined,
  instrument: InstrumentDescriptor,
): Aggregation | 'drop' | 'unsuitable' {
  if (option == null) return 'unsuitable'
  const type: number = option.type
  switch (type) {
    case AGGREGATION.DEFAULT:
      return defaultAggregation(instrument)
    case AGGREGATION.DROP:
      return 'drop'
    case AGGREGATION.SUM:
      return sumAggregation(!acceptsNegativeValues(instrument.type))
    case AGGREGATION.LAST_VALUE:
      return LAST_VALUE
    case AGGREGATION.EXPLICIT_BUCKET_HISTOGRAM:
      if (isAsynchronous(instrument.type)) return 'unsuitable'
      return explicitHistogram(instrument, 'options' in option ? option.options : undefined)
    case AGGREGATION.EXPONENTIAL_HISTOGRAM:
      if (isAsynchronous(instrument.type)) return 'unsuitable'
      return exponentialHistogram(instrument, 'options' in option ? option.options : undefined)
    default:
      return 'unsuitable'
  }
}

/** Returns the default aggregation of an instrument (metrics/sdk.md "Default Aggregation"). */
export function defaultAggregation(instrument: InstrumentDescriptor): Aggregation {
  if (isGauge(instrument.type)) return LAST_VALUE
  const type: string = instrument.type
  if (type !== 'HISTOGRAM') return sumAggregation(!acceptsNegativeValues(instrument.type))
  const advised = instrument.advice.explicitBucketBoundaries
  const histogram = explicitHistogram(
    instrument,
    Array.isArray(advised) ? { boundaries: advised } : undefined,
  )
  // Advice is not part of an instrument's identity: the advice of the first registration is used.
  return { ...histogram, key: 'default' }
}

function explicitHistogram(
  instrument: InstrumentDescriptor,
  options: { boundaries?: number[]; recordMinMax?: boolean } | undefined,
): Aggregation {
  return histogramAggregation({
    boundaries: cleanBoundaries(options?.boundaries ?? DEFAULT_BOUNDARIES),
    recordMinMax: options?.recordMinMax ?? true,
    recordSum: !acceptsNegativeValues(instrument.type),
  })
}

/** Returns the finite boundaries in ascending order without duplicates. The outermost buckets extend to infinity. */
function cleanBoundaries(boundaries: readonly number[]): readonly number[] {
  const finite = boundaries.filter((boundary) => Number.isFinite(boundary))
  return [...new Set(finite)].sort((a, b) => a - b)
}

function exponentialHistogram(
  instrument: InstrumentDescriptor,
  options: { maxSize?: number; recordMinMax?: boolean } | undefined,
): Aggregation {
  const maxSize = Math.trunc(options?.maxSize ?? DEFAULT_MAX_SIZE)
  return exponentialHistogramAggregation({
    // Two buckets at scale -10 cover all doubles. With one bucket the scale would fall without limit.
    maxSize: maxSize >= 2 ? maxSize : 2,
    recordMinMax: options?.recordMinMax ?? true,
    recordSum: !acceptsNegativeValues(instrument.type),
  })
}
