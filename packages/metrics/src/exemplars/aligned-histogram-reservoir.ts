import type { Attributes, Context } from '@opentelemetry/api'
import { bucketIndex } from '../series/bucket-index.ts'
import type { Exemplar } from './exemplar.ts'
import { type CellReservoir, ReservoirCell, toExemplars } from './reservoir-cell.ts'

/**
 * Keeps one measurement per bucket. All measurements of a collection cycle have the same probability (specification
 * metrics/sdk.md "AlignedHistogramBucketExemplarReservoir"). Exemplars of the previous cycle stay until new ones
 * replace them.
 */
export class AlignedHistogramBucketExemplarReservoir implements CellReservoir {
  readonly #boundaries: Float64Array
  readonly #random: () => number
  #cells: (ReservoirCell | undefined)[]
  /** Whether a collection holds `#cells`. Then the next cycle starts with a copy. */
  #isCollected = false
  /** Measurements offered in this cycle, by bucket. */
  readonly #offered: Float64Array
  /** Ordinal number of the next measurement to keep, by bucket, from 1. */
  readonly #next: Float64Array

  /**
   * @param boundaries inclusive upper bounds of the histogram, increasing
   * @param random uniform in [0, 1)
   */
  constructor(boundaries: readonly number[], random: () => number = Math.random) {
    this.#boundaries = Float64Array.from(boundaries)
    this.#random = random
    this.#cells = new Array<ReservoirCell | undefined>(boundaries.length + 1).fill(undefined)
    this.#offered = new Float64Array(boundaries.length + 1)
    this.#next = new Float64Array(boundaries.length + 1)
  }

  /** Called for every measurement that passes the exemplar filter; keeps some of them. */
  offer(value: number, now: () => number, attributes: Attributes, context: Context): void {
    if (this.#isCollected) this.#startCycle()
    const bucket = bucketIndex(this.#boundaries, value)
    const count = (this.#offered[bucket] ?? 0) + 1
    this.#offered[bucket] = count
    if (count < (this.#next[bucket] ?? 0)) return
    // After n measurements, the probability that none of the next m - n is kept is n / m. One random number therefore
    // determines how many to skip.
    this.#next[bucket] = Math.floor(count / (1 - this.#random())) + 1
    this.#cells[bucket] = new ReservoirCell(value, now, attributes, context)
  }

  /** Returns the exemplars of the kept measurements. */
  collect(pointAttributes: Attributes): Exemplar[] {
    return toExemplars(this.takeCells(), pointAttributes)
  }

  /** Returns the kept measurements, without the conversion to exemplars. They do not change after the call. */
  takeCells(): readonly (ReservoirCell | undefined)[] {
    this.#isCollected = true
    return this.#cells
  }

  /** Returns the kept measurements of the current cycle, which continues. Later measurements change the array. */
  peekCells(): readonly (ReservoirCell | undefined)[] {
    return this.#cells
  }

  #startCycle(): void {
    this.#cells = this.#cells.slice()
    this.#isCollected = false
    this.#offered.fill(0)
    this.#next.fill(0)
  }
}
