import type { AggregationStorage, PointValue } from '../series/aggregation-storage.ts'
import type { WireValues } from '../series/wire-values.ts'

/** Values of data points. */
export type PointStorage = Pick<AggregationStorage, 'point'>

/**
 * Cumulative values of the series of one metric: those of one source, those of all ended sources, or the merged ones. A value is
 * addressed by its row. There is one class per kind of metric; the tables of one metric have the same class and configuration.
 */
export interface ValueTable {
  /** Grows the table to `count` rows. New rows are empty: the neutral element of `add`. */
  reserve(count: number): void
  /** Empties a row. */
  clear(row: number): void
  /** Adds the value in `fromRow` of another table. */
  add(row: number, from: ValueTable, fromRow: number): void
  /**
   * Sets a value to that of a data point.
   * @returns false if it has another kind, or other bounds
   */
  setPoint(row: number, point: PointValue): boolean
  /**
   * Replaces the value by one of another table, but no part that must not fall by a smaller one.
   * @returns whether the value has changed
   */
  raise(row: number, from: ValueTable, fromRow: number): boolean
  /**
   * Subtracts an earlier value of the same series; minimum and maximum are unknown then.
   * @returns whether the difference is not zero
   */
  subtract(row: number, from: ValueTable, fromRow: number): boolean
  /** Returns a copy with these rows only, in this order. */
  pick(rows: readonly number[]): ValueTable
  /** Adds a value to a push message, as the value of the series with this id. */
  write(row: number, id: number, to: WireValues): void
  /**
   * Returns the values as storage of data points; it shares memory with the table.
   * @param hasRange whether the data points of histograms have a minimum and a maximum. Default true
   */
  toStorage(hasRange?: boolean): PointStorage
}

/** Returns `numbers`, or a larger copy with at least `length` elements, of which the new ones are `fill`. */
export function growTo(
  numbers: Int32Array<ArrayBuffer>,
  length: number,
  fill: number,
): Int32Array<ArrayBuffer> {
  if (length <= numbers.length) return numbers
  const larger = new Int32Array(Math.max(length, numbers.length * 2)).fill(fill)
  larger.set(numbers)
  return larger
}
