import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics'

/** What a data point's `value` can be, by the aggregation. */
export type PointValue = number | Histogram | ExponentialHistogram

/**
 * The numbers of all series of one metric stream, by slot. One class per aggregation.
 *
 * `reserve` runs when a series is added, `update` on every measurement; the other two at collection only.
 */
export interface AggregationStorage {
  /** Makes room for slot numbers below `count`; new slots are empty. */
  reserve(count: number): void
  /** Adds one measurement to the series in `slot`, which is reserved. */
  update(slot: number, value: number): void
  /** A copy that later measurements do not change. */
  snapshot(): AggregationStorage
  /** The value of the data point for `slot`; a new object that nothing changes later. */
  point(slot: number): PointValue
}

/** A copy of `cells` with room for at least `length` numbers, grown by doubling; new numbers are 0. */
export function ensureCapacity(cells: Float64Array, length: number): Float64Array {
  if (length <= cells.length) return cells
  const larger = new Float64Array(Math.max(length, cells.length * 2))
  larger.set(cells)
  return larger
}
