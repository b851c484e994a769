import { type AggregationStorage, ensureCapacity } from './aggregation-storage.ts'

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
}
