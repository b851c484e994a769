import type { Attributes, HrTime } from '@opentelemetry/api'
import { AttributeIndex, NOT_FOUND } from './attribute-index.ts'
import type { Cells } from './cells.ts'
import { millisToHrTime } from './hr-time.ts'
import type { SeriesExemplars } from './series-exemplars.ts'

/** The point that takes what is past the limit (specification metrics/sdk.md "Overflow attribute"). */
export const OVERFLOW_ATTRIBUTES: Attributes = Object.freeze({ 'otel.metric.overflow': true })

/** The series of one stream over one interval: an attribute set, a start time, cells and exemplars by slot. */
export class SeriesTable {
  readonly cells: Cells
  /** When each series was first measured; shared with the data points, so never changed. */
  readonly starts: HrTime[] = []
  readonly exemplars: SeriesExemplars
  readonly #index = new AttributeIndex()
  readonly #limit: number
  /** Slot of the overflow series once there is one: a flood of junk goes there, and must not be slow. */
  #overflow = NOT_FOUND
  readonly #now: () => number

  /**
   * @param limit series beside the overflow series, at least 1
   * @param now epoch milliseconds
   */
  constructor(cells: Cells, exemplars: SeriesExemplars, limit: number, now: () => number) {
    this.cells = cells
    this.exemplars = exemplars
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
    const isPastLimit = located < 0
    if (isPastLimit && this.#overflow >= 0) return this.#overflow
    const slot = isPastLimit ? this.#index.locate(OVERFLOW_ATTRIBUTES, Number.POSITIVE_INFINITY) : located
    if (isPastLimit) this.#overflow = slot
    if (slot === this.starts.length) {
      this.starts.push(millisToHrTime(this.#now()))
      this.cells.reserve(slot + 1)
    }
    return slot
  }
}
