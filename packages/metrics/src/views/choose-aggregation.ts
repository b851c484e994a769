import type { AggregationOption } from '@opentelemetry/sdk-metrics'
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
} from '../series/instrument-descriptor.ts'

/** Specification metrics/sdk.md "Explicit Bucket Histogram Aggregation", default of `Boundaries`. */
const DEFAULT_BOUNDARIES = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000]

/** The options by the value of upstream's AggregationType: its enum object lives in any of several copies. */
const DEFAULT = 0
const DROP = 1
const SUM = 2
const LAST = 3
const EXPLICIT = 4
const EXPONENTIAL = 5

/** Specification metrics/sdk.md "Base2 Exponential Bucket Histogram Aggregation", default of `MaxSize`. */
const DEFAULT_MAX_SIZE = 160

/** Whether upstream has an aggregation of this type. */
export function isAggregationType(type: unknown): boolean {
  return typeof type === 'number' && type >= DEFAULT && type <= EXPONENTIAL && Number.isInteger(type)
}

/**
 * The aggregation that an option means for an instrument.
 *
 * @returns 'drop' if nothing is to be kept, 'unsuitable' if the option makes no sense for the instrument: a histogram
 * of observed values would count the same value again at every collection
 */
export function chooseAggregation(
  option: AggregationOption | undefined,
  instrument: InstrumentDescriptor,
): Aggregation | 'drop' | 'unsuitable' {
  if (option == null) return 'unsuitable'
  const type: number = option.type
  switch (type) {
    case DEFAULT:
      return defaultAggregation(instrument)
    case DROP:
      return 'drop'
    case SUM:
      return sumAggregation(!acceptsNegativeValues(instrument.type))
    case LAST:
      return LAST_VALUE
    case EXPLICIT:
      if (isAsynchronous(instrument.type)) return 'unsuitable'
      return explicitHistogram(instrument, 'options' in option ? option.options : undefined)
    case EXPONENTIAL:
      if (isAsynchronous(instrument.type)) return 'unsuitable'
      return exponentialHistogram(instrument, 'options' in option ? option.options : undefined)
    default:
      return 'unsuitable'
  }
}

/** The aggregation of an instrument that nobody chose one for (metrics/sdk.md "Default Aggregation"). */
export function defaultAggregation(instrument: InstrumentDescriptor): Aggregation {
  const type: string = instrument.type
  if (type === 'GAUGE' || type === 'OBSERVABLE_GAUGE') return LAST_VALUE
  if (type !== 'HISTOGRAM') return sumAggregation(!acceptsNegativeValues(instrument.type))
  const advised = instrument.advice.explicitBucketBoundaries
  const histogram = explicitHistogram(
    instrument,
    Array.isArray(advised) ? { boundaries: advised } : undefined,
  )
  // Advice does not tell instruments apart: the first one's wins.
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

/** Finite, increasing, without duplicates: the outermost buckets reach to infinity by themselves. */
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
    // Two buckets at scale -10 hold every double; with one the scale could fall for ever.
    maxSize: maxSize >= 2 ? maxSize : 2,
    recordMinMax: options?.recordMinMax ?? true,
    recordSum: !acceptsNegativeValues(instrument.type),
  })
}
