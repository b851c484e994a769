import { type AggregationStorage, ensureCapacity } from './aggregation-storage.ts'
import { numberBytes, type WireValues, wireNumber } from './wire-values.ts'

/** Sum aggregation (specification metrics/sdk.md "Sum Aggregation"). */
export class SumStorage implements AggregationStorage {
  #sums: Float64Array

  constructor(sums: Float64Array = new Float64Array(4)) {
    this.#sums = sums
  }

  reserve(count: number): void {
    this.#sums = ensureCapacity(this.#sums, count)
  }

  update(slot: number, value: number): void {
    this.#sums[slot] = (this.#sums[slot] ?? 0) + value
  }

  snapshot(): SumStorage {
    return new SumStorage(this.#sums.slice())
  }

  point(slot: number): number {
    return this.#sums[slot] ?? 0
  }

  write(slot: number, id: number, message: WireValues): void {
    const value = this.#sums[slot] ?? 0
    message.numbers.push(id, wireNumber(value))
    message.bytes += numberBytes(id) + numberBytes(value)
  }
}
