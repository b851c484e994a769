import { type Cells, grown } from './cells.ts'

/** Sum aggregation (specification metrics/sdk.md "Sum Aggregation"): one number a series. */
export class SumCells implements Cells {
  #sums: Float64Array

  constructor(sums: Float64Array = new Float64Array(4)) {
    this.#sums = sums
  }

  reserve(count: number): void {
    this.#sums = grown(this.#sums, count)
  }

  update(slot: number, value: number): void {
    this.#sums[slot] = (this.#sums[slot] ?? 0) + value
  }

  snapshot(): SumCells {
    return new SumCells(this.#sums.slice())
  }

  point(slot: number): number {
    return this.#sums[slot] ?? 0
  }
}
