import { type AggregationStorage, ensureCapacity } from './aggregation-storage.ts'
import { numberBytes, type WireValues, wireNumber } from './wire-values.ts'

/**
 * Last value aggregation (specification metrics/sdk.md "Last Value Aggregation"). "Last" is the order of the calls;
 * clock steps have no effect.
 */
export class LastValueStorage implements AggregationStorage {
  #values: Float64Array

  constructor(values: Float64Array = new Float64Array(4)) {
    this.#values = values
  }

  reserve(count: number): void {
    this.#values = ensureCapacity(this.#values, count)
  }

  update(slot: number, value: number): void {
    this.#values[slot] = value
  }

  snapshot(): LastValueStorage {
    return new LastValueStorage(this.#values.slice())
  }

  point(slot: number): number {
    return this.#values[slot] ?? 0
  }

  write(slot: number, id: number, message: WireValues): void {
    const value = this.#values[slot] ?? 0
    message.numbers.push(id, wireNumber(value))
    message.bytes += numberBytes(id) + numberBytes(value)
  }
}
