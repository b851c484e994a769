import type { Attributes, HrTime } from '@opentelemetry/api'
import { millisToHrTime } from '@opentelemetry/core'
import type { ExemplarReservoir } from '../exemplars/reservoir.ts'
import { AttributeIndex } from './attribute-index.ts'
import type { Cells } from './cells.ts'

/** The point that takes what is past the limit (specification metrics/sdk.md "Overflow attribute"). */
export const OVERFLOW_ATTRIBUTES: Attributes = Object.freeze({ 'otel.metric.overflow': true })

/** The series of one stream over one interval: an attribute set, a start time, cells and exemplars by slot. */
export class SeriesTable<C extends Cells = Cells> {
  readonly cells: C
  /** When each series was first measured; shared with the data points, so never changed. */
  readonly starts: HrTime[] = []
  readonly reservoirs: (ExemplarReservoir | undefined)[] = []
  readonly #index = new AttributeIndex()
  readonly #limit: number
  readonly #now: () => number

  /**
   * @param limit series beside the overflow series, at least 1
   * @param now epoch milliseconds
   */
  constructor(cells: C, limit: number, now: () => number) {
    this.cells = cells
    this.#limit = limit
    this.#now = now
  }

  /** Attributes by slot, frozen. */
  get attributes(): readonly Attributes[] {
    return this.#index.sets
  }

  /** The slot of this attribute set: its own, a new one, or the overflow series' past the limit. Never throws. */
  slotOf(attributes: Attributes): number {
    const slot = this.#index.locate(attributes, this.#limit)
    return slot >= 0 && slot < this.starts.length ? slot : this.#admit(slot)
  }

  #admit(located: number): number {
    let slot = located
    if (slot < 0) slot = this.#index.locate(OVERFLOW_ATTRIBUTES, Number.POSITIVE_INFINITY)
    if (slot === this.starts.length) {
      this.starts.push(millisToHrTime(this.#now()))
      this.reservoirs.push(undefined)
      this.cells.reserve(slot + 1)
    }
    return slot
  }
}
