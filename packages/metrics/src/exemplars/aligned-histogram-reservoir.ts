import type { Attributes, Context } from '@opentelemetry/api'
import { bucketIndex } from '../series/bucket-index.ts'
import type { Exemplar } from './exemplar.ts'
import { type CellReservoir, ReservoirCell, toExemplars } from './reservoir-cell.ts'

/**
 * Keeps one measurement for every bucket, each of a collection cycle with the same probability (specification
 * metrics/sdk.md "AlignedHistogramBucketExemplarReservoir"). What it held at a collection stays until the next cycle
 * replaces it.
 */
export class AlignedHistogramBucketExemplarReservoir implements CellReservoir {
  readonly #boundaries: Float64Array
  readonly #random: () => number
  #cells: (ReservoirCell | undefined)[]
  /** Whether a collection holds `#cells`: the next cycle starts with a copy. */
  #isCollected = false
  readonly #offered: Float64Array
  /** The number of the next measurement that is kept, by bucket, from 1. */
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

  offer(value: number, now: () => number, attributes: Attributes, context: Context): void {
    if (this.#isCollected) this.#startCycle()
    const bucket = bucketIndex(this.#boundaries, value)
    const seen = (this.#offered[bucket] ?? 0) + 1
    this.#offered[bucket] = seen
    if (seen < (this.#next[bucket] ?? 0)) return
    // Of n measurements the chance that none of the next m - n is kept is n / m: one draw says how many to pass over.
    this.#next[bucket] = Math.floor(seen / (1 - this.#random())) + 1
    this.#cells[bucket] = new ReservoirCell(value, now, attributes, context)
  }

  collect(pointAttributes: Attributes): Exemplar[] {
    return toExemplars(this.takeCells(), pointAttributes)
  }

  takeCells(): readonly (ReservoirCell | undefined)[] {
    this.#isCollected = true
    return this.#cells
  }

  #startCycle(): void {
    this.#cells = this.#cells.slice()
    this.#isCollected = false
    this.#offered.fill(0)
    this.#next.fill(0)
  }
}
