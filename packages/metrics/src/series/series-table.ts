import type { Attributes, HrTime } from '@opentelemetry/api'
import { AttributeIndex, NOT_FOUND } from './attribute-index.ts'
import type { Cells } from './cells.ts'
import { millisToHrTime } from './hr-time.ts'
import type { Reservation, Reservations } from './reservations.ts'
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
  readonly #reservations: Reservations
  readonly #limit: number
  /** How many sets the index may hold before a set without a reservation has no room; kept, since records ask for it. */
  #room: number
  /** Slot of the overflow series once there is one: a flood of junk goes there, and must not be slow. */
  #overflow = NOT_FOUND
  readonly #now: () => number

  /**
   * @param reservations of the stream: places that are kept for bound handles
   * @param limit series beside the overflow series, at least 1
   * @param now epoch milliseconds
   */
  constructor(
    cells: Cells,
    exemplars: SeriesExemplars,
    reservations: Reservations,
    limit: number,
    now: () => number,
  ) {
    this.cells = cells
    this.exemplars = exemplars
    this.#reservations = reservations
    this.#limit = limit
    this.#room = limit - reservations.waiting
    this.#now = now
  }

  /** Attributes by slot, frozen. */
  get attributes(): readonly Attributes[] {
    return this.#index.sets
  }

  /** The slot of this attribute set: its own, a new one, or the overflow series' past the limit. Never throws. */
  slotOf(attributes: Attributes): number {
    const slot = this.#index.locate(attributes, this.#room)
    return slot >= 0 && slot < this.starts.length ? slot : this.#admit(slot, attributes)
  }

  /** The slot of a bound handle; of one without a reservation, that of the overflow series. Never throws. */
  slotOfBound(reservation: Reservation | undefined): number {
    if (reservation === undefined) return this.#overflowSlot()
    this.#reservations.admit(reservation)
    this.#updateRoom()
    return this.#open(this.#index.locate(reservation.attributes, Number.POSITIVE_INFINITY))
  }

  /**
   * Keeps a place for this attribute set in this interval and all later ones. Makes no series yet. Never throws.
   *
   * @returns undefined if there is no room: the handle records in the overflow series
   */
  reserve(attributes: Attributes): Reservation | undefined {
    const known = this.#reservations.find(attributes)
    if (known !== undefined) return known
    const isAdmitted = this.#index.locate(attributes, 0) >= 0
    if (!isAdmitted && this.#index.sets.length >= this.#room) return undefined
    const reservation = this.#reservations.add(attributes, isAdmitted)
    this.#updateRoom()
    return reservation
  }

  /** Gives up the places of handles that nobody holds. To be called now and then. */
  sweep(): void {
    if (this.#reservations.waiting === 0) return
    this.#reservations.sweep()
    this.#updateRoom()
  }

  #updateRoom(): void {
    this.#room = this.#limit + (this.#overflow >= 0 ? 1 : 0) - this.#reservations.waiting
  }

  #admit(located: number, attributes: Attributes): number {
    if (this.#reservations.waiting > 0) {
      const reservation = this.#reservations.find(attributes)
      if (reservation !== undefined) return this.slotOfBound(reservation)
    }
    return located < 0 ? this.#overflowSlot() : this.#open(located)
  }

  #overflowSlot(): number {
    if (this.#overflow < 0) {
      this.#overflow = this.#open(this.#index.locate(OVERFLOW_ATTRIBUTES, Number.POSITIVE_INFINITY))
      this.#updateRoom()
    }
    return this.#overflow
  }

  /** Makes the series of a slot that is new. */
  #open(slot: number): number {
    if (slot === this.starts.length) {
      this.starts.push(millisToHrTime(this.#now()))
      this.cells.reserve(slot + 1)
    }
    return slot
  }
}
