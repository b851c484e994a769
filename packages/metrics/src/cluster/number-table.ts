import { ensureCapacity, type PointValue } from '../series/aggregation-storage.ts'
import { SumStorage } from '../series/sum-storage.ts'
import { numberBytes, type WireValues, wireNumber } from '../series/wire-values.ts'
import type { PointStorage, ValueTable } from './value-table.ts'

/** Values of sums and gauges. */
export class NumberTable implements ValueTable {
  #numbers: Float64Array

  constructor(numbers = new Float64Array(4)) {
    this.#numbers = numbers
  }

  get(row: number): number {
    return this.#numbers[row] ?? 0
  }

  /** Sets a value. Returns whether it has changed. */
  set(row: number, value: number): boolean {
    if (Object.is(this.#numbers[row], value)) return false
    this.#numbers[row] = value
    return true
  }

  reserve(count: number): void {
    this.#numbers = ensureCapacity(this.#numbers, count)
  }

  clear(row: number): void {
    this.#numbers[row] = 0
  }

  add(row: number, from: NumberTable, fromRow: number): void {
    this.#numbers[row] = this.get(row) + from.get(fromRow)
  }

  setPoint(row: number, point: PointValue): boolean {
    if (typeof point !== 'number') return false
    this.#numbers[row] = point
    return true
  }

  raise(row: number, from: NumberTable, fromRow: number): boolean {
    const value = from.get(fromRow)
    return value > this.get(row) && this.set(row, value)
  }

  subtract(row: number, from: NumberTable, fromRow: number): boolean {
    this.#numbers[row] = this.get(row) - from.get(fromRow)
    return this.get(row) !== 0
  }

  pick(rows: readonly number[]): NumberTable {
    return new NumberTable(Float64Array.from(rows, (row) => this.get(row)))
  }

  write(row: number, id: number, to: WireValues): void {
    const value = this.get(row)
    to.numbers.push(id, wireNumber(value))
    to.bytes += numberBytes(id) + numberBytes(value)
  }

  toStorage(): PointStorage {
    return new SumStorage(this.#numbers)
  }
}
