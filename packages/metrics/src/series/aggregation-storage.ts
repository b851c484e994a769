import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics'
import type { WireValues } from './wire-values.ts'

/** Type of a data point's `value`; depends on the aggregation. */
export type PointValue = number | Histogram | ExponentialHistogram

/**
 * Aggregated values of all series of one metric stream. There is one class per aggregation. A series is addressed by
 * its slot: its index in the stream.
 */
export interface AggregationStorage {
  /** Grows the storage to `count` slots. New slots are empty. Called when a series is added. */
  reserve(count: number): void
  /** Adds one measurement to the series in `slot`, which is reserved. Called for every measurement. */
  update(slot: number, value: number): void
  /** Returns a copy that later measurements do not change. Called at collection. */
  snapshot(): AggregationStorage
  /** Returns the data point's value for `slot` as a new object. Called at collection. */
  point(slot: number): PointValue
  /** Appends the value of `slot` to a push message, for the series with this id. */
  write(slot: number, id: number, message: WireValues): void
}

/**
 * Returns `numbers`, or a larger copy with at least `length` elements. New elements are 0; the size at least doubles.
 */
export function ensureCapacity(numbers: Float64Array, length: number): Float64Array {
  if (length <= numbers.length) return numbers
  const larger = new Float64Array(Math.max(length, numbers.length * 2))
  larger.set(numbers)
  return larger
}
