import { type Cells, grown } from './cells.ts'

/**
 * Last Value aggregation (specification metrics/sdk.md "Last Value Aggregation"): the measurement that came last, in
 * the order of the calls, whatever the wall clock does.
 */
export class LastValueCells implements Cells {
  #values: Float64Array

  constructor(values: Float64Array = new Float64Array(4)) {
    this.#values = values
  }

  reserve(count: number): void {
    this.#values = grown(this.#values, count)
  }

  update(slot: number, value: number): void {
    this.#values[slot] = value
  }

  snapshot(): LastValueCells {
    return new LastValueCells(this.#values.slice())
  }

  point(slot: number): number {
    return this.#values[slot] ?? 0
  }
}
