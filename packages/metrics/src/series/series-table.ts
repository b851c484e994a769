import type { Attributes, HrTime } from '@opentelemetry/api'
import type { AggregationStorage } from './aggregation-storage.ts'
import { AttributeIndex, NO_SLOT } from './attribute-index.ts'
import { millisToHrTime } from './hr-time.ts'
import type { SeriesReservation, SeriesReservations } from './series-reservations.ts'
import type { SeriesReservoirs } from './series-reservoirs.ts'

/** The point that takes what is past the limit (specification metrics/sdk.md "Overflow attribute"). */
export const OVERFLOW_ATTRIBUTES: Attributes = Object.freeze({ 'otel.metric.overflow': true })

/** The series of one stream over one interval: an attribute set, a start time, cells and exemplars by slot. */
export class SeriesTable {
  readonly storage: AggregationStorage
  /** When each series was first measured; shared with the data points, so never changed. */
  readonly starts: HrTime[] = []
  readonly reservoirs: SeriesReservoirs
  readonly #index = new AttributeIndex()
  readonly #reservations: SeriesReservations
  readonly #limit: number
  /** How many sets the index may hold before a set without a reservation has no room; kept, since records ask for it. */
  #maxIndexSize: number
  /** Slot of the overflow series once there is one: a flood of junk goes there, and must not be slow. */
  #overflow = NO_SLOT
  readonly #now: () => number

  /**
   * @param reservations of the stream: places that are kept for bound handles
   * @param limit series beside the overflow series, at least 1
   * @param now epoch milliseconds
   */
  constructor(
    cells: AggregationStorage,
    exemplars: SeriesReservoirs,
    reservations: SeriesReservations,
    limit: number,
    now: () => number,
  ) {
    this.storage = cells
    this.reservoirs = exemplars
    this.#reservations = reservations
    this.#limit = limit
    this.#maxIndexSize = limit - reservations.pendingCount
    this.#now = now
  }

  /** Attributes by slot, frozen. */
  get attributes(): readonly Attributes[] {
    return this.#index.sets
  }

  /** The slot of this attribute set: its own, a new one, or the overflow series' past the limit. Never throws. */
  slotFor(attributes: Attributes): number {
    const slot = this.#index.locate(attributes, this.#maxIndexSize)
    return slot >= 0 && slot < this.starts.length ? slot : this.#slotForUnknown(slot, attributes)
  }

  /** The slot of a bound handle; of one without a reservation, that of the overflow series. Never throws. */
  slotForReservation(reservation: SeriesReservation | undefined): number {
    if (reservation === undefined) return this.#overflowSlot()
    this.#reservations.markUsed(reservation)
    this.#updateMaxIndexSize()
    return this.#createSeries(this.#index.locate(reservation.attributes, Number.POSITIVE_INFINITY))
  }

  /**
   * Keeps a place for this attribute set in this interval and all later ones. Makes no series yet. Never throws.
   *
   * @returns undefined if there is no room: the handle records in the overflow series
   */
  reserve(attributes: Attributes): SeriesReservation | undefined {
    const known = this.#reservations.find(attributes)
    if (known !== undefined) return known
    const isAdmitted = this.#index.locate(attributes, 0) >= 0
    if (!isAdmitted && this.#index.sets.length >= this.#maxIndexSize) return undefined
    const reservation = this.#reservations.add(attributes, isAdmitted)
    this.#updateMaxIndexSize()
    return reservation
  }

  /** Gives up the places of handles that nobody holds. To be called now and then. */
  releaseUnusedReservations(): void {
    if (this.#reservations.pendingCount === 0) return
    this.#reservations.releaseUnused()
    this.#updateMaxIndexSize()
  }

  #updateMaxIndexSize(): void {
    this.#maxIndexSize = this.#limit + (this.#overflow >= 0 ? 1 : 0) - this.#reservations.pendingCount
  }

  #slotForUnknown(located: number, attributes: Attributes): number {
    if (this.#reservations.pendingCount > 0) {
      const reservation = this.#reservations.find(attributes)
      if (reservation !== undefined) return this.slotForReservation(reservation)
    }
    return located < 0 ? this.#overflowSlot() : this.#createSeries(located)
  }

  #overflowSlot(): number {
    if (this.#overflow < 0) {
      this.#overflow = this.#createSeries(this.#index.locate(OVERFLOW_ATTRIBUTES, Number.POSITIVE_INFINITY))
      this.#updateMaxIndexSize()
    }
    return this.#overflow
  }

  /** Makes the series of a slot that is new. */
  #createSeries(slot: number): number {
    if (slot === this.starts.length) {
      this.starts.push(millisToHrTime(this.#now()))
      this.storage.reserve(slot + 1)
    }
    return slot
  }
}
