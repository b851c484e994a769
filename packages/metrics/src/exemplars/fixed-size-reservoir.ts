import type { Attributes, Context } from '@opentelemetry/api'
import type { Exemplar } from './exemplar.ts'
import { type CellReservoir, ReservoirCell, toExemplars } from './reservoir-cell.ts'

/**
 * Keeps `size` measurements. All measurements of a collection cycle have the same probability (specification
 * metrics/sdk.md "SimpleFixedSizeExemplarReservoir"). Exemplars of the previous cycle stay until new ones replace them.
 *
 * Algorithm L (Li 1994, "Reservoir-sampling algorithms of time complexity O(n(1+log(N/n)))"): random numbers are drawn
 * only for measurements that are kept.
 */
export class SimpleFixedSizeExemplarReservoir implements CellReservoir {
  readonly #size: number
  readonly #random: () => number
  #cells: ReservoirCell[] = []
  /** Whether a collection holds `#cells`. Then the next cycle starts with a copy. */
  #isCollected = false
  /** Measurements offered in this cycle. */
  #offered = 0
  /** Ordinal number of the next measurement to keep, from 1. */
  #next = 1
  /** `W` of algorithm L: the largest of the random numbers assigned to the kept measurements. */
  #largest = 1

  /**
   * @param size at least 1. Default 1: the specification allows more to reduce contention between threads
   * @param random uniform in [0, 1)
   */
  constructor(size = 1, random: () => number = Math.random) {
    this.#size = size >= 1 ? Math.trunc(size) : 1
    this.#random = random
  }

  /** Called for every measurement that passes the exemplar filter; keeps some of them. */
  offer(value: number, now: () => number, attributes: Attributes, context: Context): void {
    if (this.#isCollected) this.#startCycle()
    this.#offered += 1
    if (this.#offered < this.#next) return
    const isFilling = this.#offered <= this.#size
    const index = isFilling ? this.#offered - 1 : Math.floor(this.#random() * this.#size)
    this.#cells[index] = new ReservoirCell(value, now, attributes, context)
    this.#next = this.#offered < this.#size ? this.#offered + 1 : this.#offered + this.#drawSkip()
  }

  /** Returns the exemplars of the kept measurements. */
  collect(pointAttributes: Attributes): Exemplar[] {
    return toExemplars(this.takeCells(), pointAttributes)
  }

  /** Returns the kept measurements, without the conversion to exemplars. They do not change after the call. */
  takeCells(): readonly ReservoirCell[] {
    this.#isCollected = true
    return this.#cells
  }

  /** Returns the kept measurements of the current cycle, which continues. Later measurements change the array. */
  peekCells(): readonly ReservoirCell[] {
    return this.#cells
  }

  #startCycle(): void {
    this.#cells = this.#cells.slice()
    this.#isCollected = false
    this.#offered = 0
    this.#next = 1
    this.#largest = 1
  }

  /** Returns the distance to the next measurement to keep, at least 1. */
  #drawSkip(): number {
    // 1 - random is never 0, so the logarithm is finite.
    this.#largest *= (1 - this.#random()) ** (1 / this.#size)
    return Math.floor(Math.log(1 - this.#random()) / Math.log1p(-this.#largest)) + 1
  }
}
