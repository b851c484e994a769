import type { Attributes, Context } from '@opentelemetry/api'
import { bucketIndex } from '../series/bucket-index.ts'
import type { Exemplar } from './exemplar.ts'
import { type CellReservoir, ExemplarCell, toExemplars } from './exemplar-cell.ts'

/**
 * Keeps one measurement for every bucket, each of a collection cycle with the same probability (specification
 * metrics/sdk.md "AlignedHistogramBucketExemplarReservoir"). What it held at a collection stays until the next cycle
 * replaces it.
 */
export class AlignedHistogramBucketExemplarReservoir implements CellReservoir {
  readonly #boundaries: Float64Array
  readonly #random: () => number
  #cells: (ExemplarCell | undefined)[]
  /** Whether a collection holds `#cells`: the next cycle starts with a copy. */
  #isTaken = false
  readonly #seen: Float64Array
  /** The number of the next measurement that is kept, by bucket, from 1. */
  readonly #next: Float64Array

  /**
   * @param boundaries inclusive upper bounds of the histogram, increasing
   * @param random uniform in [0, 1)
   */
  constructor(boundaries: readonly number[], random: () => number = Math.random) {
    this.#boundaries = Float64Array.from(boundaries)
    this.#random = random
    this.#cells = new Array<ExemplarCell | undefined>(boundaries.length + 1).fill(undefined)
    this.#seen = new Float64Array(boundaries.length + 1)
    this.#next = new Float64Array(boundaries.length + 1)
  }

  offer(value: number, now: () => number, attributes: Attributes, context: Context): void {
    if (this.#isTaken) this.#startCycle()
    const bucket = bucketIndex(this.#boundaries, value)
    const seen = (this.#seen[bucket] ?? 0) + 1
    this.#seen[bucket] = seen
    if (seen < (this.#next[bucket] ?? 0)) return
    // Of n measurements the chance that none of the next m - n is kept is n / m: one draw says how many to pass over.
    this.#next[bucket] = Math.floor(seen / (1 - this.#random())) + 1
    this.#cells[bucket] = new ExemplarCell(value, now, attributes, context)
  }

  collect(pointAttributes: Attributes): Exemplar[] {
    return toExemplars(this.takeCells(), pointAttributes)
  }

  takeCells(): readonly (ExemplarCell | undefined)[] {
    this.#isTaken = true
    return this.#cells
  }

  #startCycle(): void {
    this.#cells = this.#cells.slice()
    this.#isTaken = false
    this.#seen.fill(0)
    this.#next.fill(0)
  }
}
