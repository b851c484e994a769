import type { Attributes, HrTime } from '@opentelemetry/api'
import type { AggregationStorage } from './aggregation-storage.ts'
import { AttributeIndex, NO_SLOT } from './attribute-index.ts'
import { millisToHrTime } from './hr-time.ts'
import type { SeriesReservation, SeriesReservations } from './series-reservations.ts'
import type { SeriesReservoirs } from './series-reservoirs.ts'

/** Attributes of the overflow series (specification metrics/sdk.md "Overflow attribute"). */
export const OVERFLOW_ATTRIBUTES: Attributes = Object.freeze({ 'otel.metric.overflow': true })

/** The series of one stream in one interval: attributes, start time, aggregated value and exemplars by slot. */
export class SeriesTable {
  storage: AggregationStorage
  /** Time of the first measurement of each series. Data points share these arrays, so elements must not be changed. */
  readonly starts: HrTime[] = []
  readonly reservoirs: SeriesReservoirs
  readonly #index = new AttributeIndex()
  readonly #reservations: SeriesReservations
  readonly #limit: number
  /** Size of the index from which sets without a reservation overflow. Cached for the hot path. */
  #maxIndexSize: number
  /** Cached slot of the overflow series, so that records beyond the limit stay cheap. */
  #overflow = NO_SLOT
  readonly #now: () => number

  /**
   * @param reservations capacity reserved for bound handles of the stream
   * @param limit number of series besides the overflow series, at least 1
   * @param now epoch milliseconds
   * @param copied table whose series this one starts with; `storage` has their values
   */
  constructor(
    storage: AggregationStorage,
    reservoirs: SeriesReservoirs,
    reservations: SeriesReservations,
    limit: number,
    now: () => number,
    copied?: SeriesTable,
  ) {
    this.storage = storage
    this.reservoirs = reservoirs
    this.#reservations = reservations
    this.#limit = limit
    this.#maxIndexSize = limit - reservations.pendingCount
    this.#now = now
    for (const attributes of copied?.attributes ?? []) this.slotFor(attributes)
    if (copied !== undefined) this.starts.splice(0, this.starts.length, ...copied.starts)
  }

  /** Frozen attributes of each series, by slot. */
  get attributes(): readonly Attributes[] {
    return this.#index.sets
  }

  /** Returns the slot of this attribute set. Adds a series if needed; beyond the limit, overflows. Never throws. */
  slotFor(attributes: Attributes): number {
    const slot = this.#index.locate(attributes, this.#maxIndexSize)
    return slot >= 0 && slot < this.starts.length ? slot : this.#slotForUnknown(slot, attributes)
  }

  /** Returns the slot of a bound handle: the overflow series if it has no reservation. Never throws. */
  slotForReservation(reservation: SeriesReservation | undefined): number {
    if (reservation === undefined) return this.#overflowSlot()
    this.#reservations.markUsed(reservation)
    this.#updateMaxIndexSize()
    return this.#createSeries(this.#index.locate(reservation.attributes, Number.POSITIVE_INFINITY))
  }

  /**
   * Reserves capacity for this attribute set in this interval and all later ones. Creates no series yet. Never throws.
   *
   * @returns undefined if the limit is reached: the handle records in the overflow series
   */
  reserve(attributes: Attributes): SeriesReservation | undefined {
    const known = this.#reservations.find(attributes)
    if (known !== undefined) return known
    const hasSeries = this.#index.locate(attributes, 0) >= 0
    if (!hasSeries && this.#index.sets.length >= this.#maxIndexSize) return undefined
    const reservation = this.#reservations.add(attributes, hasSeries)
    this.#updateMaxIndexSize()
    return reservation
  }

  /** Releases the capacity of garbage-collected handles. Called at each collection. */
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

  /** Creates the series if the slot is new. */
  #createSeries(slot: number): number {
    if (slot === this.starts.length) {
      this.starts.push(millisToHrTime(this.#now()))
      this.storage.reserve(slot + 1)
    }
    return slot
  }
}
