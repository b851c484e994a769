import type { Attributes, Context } from '@opentelemetry/api'
import type { Exemplar } from './exemplar.ts'
import { type CellReservoir, ReservoirCell, toExemplars } from './reservoir-cell.ts'

/**
 * Keeps `size` measurements, each of a collection cycle with the same probability (specification metrics/sdk.md
 * "SimpleFixedSizeExemplarReservoir"). What it held at a collection stays until the next cycle replaces it.
 *
 * Algorithm L (Li 1994, "Reservoir-sampling algorithms of time complexity O(n(1+log(N/n)))"): random numbers are
 * drawn for the measurements that are kept, not for those that are passed over.
 */
export class SimpleFixedSizeExemplarReservoir implements CellReservoir {
  readonly #size: number
  readonly #random: () => number
  #cells: ReservoirCell[] = []
  /** Whether a collection holds `#cells`: the next cycle starts with a copy. */
  #isCollected = false
  #offered = 0
  /** The number of the next measurement that is kept, from 1. */
  #next = 1
  /** The largest of `size` uniform random numbers that stand for the measurements kept. */
  #largest = 1

  /**
   * @param size at least 1; the default is 1, since JavaScript has no threads that could contend
   * @param random uniform in [0, 1)
   */
  constructor(size = 1, random: () => number = Math.random) {
    this.#size = size >= 1 ? Math.trunc(size) : 1
    this.#random = random
  }

  offer(value: number, now: () => number, attributes: Attributes, context: Context): void {
    if (this.#isCollected) this.#startCycle()
    this.#offered += 1
    if (this.#offered < this.#next) return
    const isFilling = this.#offered <= this.#size
    const place = isFilling ? this.#offered - 1 : Math.floor(this.#random() * this.#size)
    this.#cells[place] = new ReservoirCell(value, now, attributes, context)
    this.#next = this.#offered < this.#size ? this.#offered + 1 : this.#offered + this.#drawSkip()
  }

  collect(pointAttributes: Attributes): Exemplar[] {
    return toExemplars(this.takeCells(), pointAttributes)
  }

  takeCells(): readonly ReservoirCell[] {
    this.#isCollected = true
    return this.#cells
  }

  #startCycle(): void {
    this.#cells = this.#cells.slice()
    this.#isCollected = false
    this.#offered = 0
    this.#next = 1
    this.#largest = 1
  }

  /** How far it is to the next measurement that is kept, at least 1. */
  #drawSkip(): number {
    // 1 - [0, 1) is never 0, whose logarithm is infinite.
    this.#largest *= (1 - this.#random()) ** (1 / this.#size)
    return Math.floor(Math.log(1 - this.#random()) / Math.log1p(-this.#largest)) + 1
  }
}
