import type { Attributes } from '@opentelemetry/api'
import { AttributeIndex } from './attribute-index.ts'

/** The place of one attribute set in every interval of a stream. Handles that are bound to the set hold it. */
export class SeriesReservation {
  readonly attributes: Attributes
  /** Whether the series is in the table of the running interval. */
  hasSeries = false

  constructor(attributes: Attributes) {
    this.attributes = attributes
  }
}

/**
 * The reservations of one stream. A handle keeps its series for ever (specification metrics/sdk.md "Instrument bind"), so
 * no other attribute set gets its place, in no interval. The stream holds them weakly: a handle that the application no
 * longer holds gives up its place.
 */
export class SeriesReservations {
  #index = new AttributeIndex()
  #references: WeakRef<SeriesReservation>[] = []
  #pendingCount = 0

  /** How many places are kept for sets that have no series in the table yet. */
  get pendingCount(): number {
    return this.#pendingCount
  }

  /** The living reservation of this set. Never throws. */
  find(attributes: Attributes): SeriesReservation | undefined {
    return this.#references[this.#index.locate(attributes, 0)]?.deref()
  }

  /** Reserves a place for a set that has no living reservation. */
  add(attributes: Attributes, isAdmitted: boolean): SeriesReservation {
    const reservation = new SeriesReservation(attributes)
    reservation.hasSeries = isAdmitted
    if (!isAdmitted) this.#pendingCount += 1
    this.#references[this.#index.locate(attributes, Number.POSITIVE_INFINITY)] = new WeakRef(reservation)
    return reservation
  }

  /** The set of this reservation has its series in the table now. */
  markUsed(reservation: SeriesReservation): void {
    if (!reservation.hasSeries) this.#pendingCount -= 1
    reservation.hasSeries = true
  }

  /** A new interval begins, whose table has no series yet. */
  startInterval(): void {
    for (const reference of this.#references) {
      const reservation = reference.deref()
      if (reservation !== undefined) reservation.hasSeries = false
    }
    this.releaseUnused()
  }

  /** Gives up the places of reservations that nobody holds. */
  releaseUnused(): void {
    const living = this.#references.flatMap((reference) => reference.deref() ?? [])
    this.#pendingCount = living.reduce((sum, { hasSeries: isAdmitted }) => sum + (isAdmitted ? 0 : 1), 0)
    if (living.length === this.#references.length) return
    this.#index = new AttributeIndex()
    this.#references = []
    for (const reservation of living) {
      this.#references[this.#index.locate(reservation.attributes, Number.POSITIVE_INFINITY)] = new WeakRef(
        reservation,
      )
    }
  }
}
