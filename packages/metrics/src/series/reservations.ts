import type { Attributes } from '@opentelemetry/api'
import { AttributeIndex } from './attribute-index.ts'

/** The place of one attribute set in every interval of a stream. Handles that are bound to the set hold it. */
export class Reservation {
  readonly attributes: Attributes
  /** Whether the series is in the table of the running interval. */
  isAdmitted = false

  constructor(attributes: Attributes) {
    this.attributes = attributes
  }
}

/**
 * The reservations of one stream. A handle keeps its series for ever (specification metrics/sdk.md "Instrument bind"), so
 * no other attribute set gets its place, in no interval. The stream holds them weakly: a handle that the application no
 * longer holds gives up its place.
 */
export class Reservations {
  #index = new AttributeIndex()
  #references: WeakRef<Reservation>[] = []
  #waiting = 0

  /** How many places are kept for sets that have no series in the table yet. */
  get waiting(): number {
    return this.#waiting
  }

  /** The living reservation of this set. Never throws. */
  find(attributes: Attributes): Reservation | undefined {
    return this.#references[this.#index.locate(attributes, 0)]?.deref()
  }

  /** Reserves a place for a set that has no living reservation. */
  add(attributes: Attributes, isAdmitted: boolean): Reservation {
    const reservation = new Reservation(attributes)
    reservation.isAdmitted = isAdmitted
    if (!isAdmitted) this.#waiting += 1
    this.#references[this.#index.locate(attributes, Number.POSITIVE_INFINITY)] = new WeakRef(reservation)
    return reservation
  }

  /** The set of this reservation has its series in the table now. */
  admit(reservation: Reservation): void {
    if (!reservation.isAdmitted) this.#waiting -= 1
    reservation.isAdmitted = true
  }

  /** A new interval begins, whose table has no series yet. */
  startInterval(): void {
    for (const reference of this.#references) {
      const reservation = reference.deref()
      if (reservation !== undefined) reservation.isAdmitted = false
    }
    this.sweep()
  }

  /** Gives up the places of reservations that nobody holds. */
  sweep(): void {
    const living = this.#references.flatMap((reference) => reference.deref() ?? [])
    this.#waiting = living.reduce((sum, { isAdmitted }) => sum + (isAdmitted ? 0 : 1), 0)
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
