import type { Attributes, Context } from '@opentelemetry/api'
import type { Exemplar } from './exemplar.ts'
import { ExemplarCell } from './exemplar-cell.ts'
import type { ExemplarReservoir } from './reservoir.ts'

/**
 * Keeps `size` measurements, each of a collection cycle with the same probability (specification metrics/sdk.md
 * "SimpleFixedSizeExemplarReservoir"). What it held at a collection stays until the next cycle replaces it.
 */
export class SimpleFixedSizeExemplarReservoir implements ExemplarReservoir {
  readonly #size: number
  readonly #random: () => number
  readonly #cells: ExemplarCell[] = []
  #seen = 0

  /**
   * @param size at least 1; the default is 1, since JavaScript has no threads that could contend
   * @param random uniform in [0, 1)
   */
  constructor(size = 1, random: () => number = Math.random) {
    this.#size = Math.max(1, Math.trunc(size))
    this.#random = random
  }

  offer(value: number, timestamp: number, attributes: Attributes, context: Context): void {
    this.#seen += 1
    const place = this.#seen <= this.#size ? this.#seen - 1 : Math.floor(this.#random() * this.#seen)
    if (place < this.#size) this.#cells[place] = new ExemplarCell(value, timestamp, attributes, context)
  }

  collect(pointAttributes: Attributes): Exemplar[] {
    this.#seen = 0
    return this.#cells.map((cell) => cell.toExemplar(pointAttributes))
  }
}
