import type { Attributes } from '@opentelemetry/api'
import { AttributeIndex } from './attribute-index.ts'

/** Capacity for one attribute set under the cardinality limit. Held by the handles that are bound to the set. */
export class SeriesReservation {
  readonly attributes: Attributes
  /** Whether the set has a series in the current interval. */
  hasSeries = false

  constructor(attributes: Attributes) {
    this.attributes = attributes
  }
}

/**
 * The reservations of one stream. A bound handle keeps its series in every interval (specification metrics/sdk.md
 * "Instrument bind"), so other attribute sets cannot use its capacity. References are weak: when the application drops
 * a handle, its reservation is released.
 */
export class SeriesReservations {
  #index = new AttributeIndex()
  #references: WeakRef<SeriesReservation>[] = []
  #pendingCount = 0

  /** Number of reservations without a series in the current interval. */
  get pendingCount(): number {
    return this.#pendingCount
  }

  /** Returns the live reservation of this set. Never throws. */
  find(attributes: Attributes): SeriesReservation | undefined {
    return this.#references[this.#index.locate(attributes, 0)]?.deref()
  }

  /** Creates a reservation for a set that has no live one. */
  add(attributes: Attributes, hasSeries: boolean): SeriesReservation {
    const reservation = new SeriesReservation(attributes)
    reservation.hasSeries = hasSeries
    if (!hasSeries) this.#pendingCount += 1
    this.#references[this.#index.locate(attributes, Number.POSITIVE_INFINITY)] = new WeakRef(reservation)
    return reservation
  }

  /** Called when the set of this reservation gets its series in the current interval. */
  markUsed(reservation: SeriesReservation): void {
    if (!reservation.hasSeries) this.#pendingCount -= 1
    reservation.hasSeries = true
  }

  /** Starts a new interval, which has no series yet. */
  startInterval(): void {
    for (const reference of this.#references) {
      const reservation = reference.deref()
      if (reservation !== undefined) reservation.hasSeries = false
    }
    this.releaseUnused()
  }

  /** Releases the reservations whose handles were garbage collected. */
  releaseUnused(): void {
    const live = this.#references.flatMap((reference) => reference.deref() ?? [])
    this.#pendingCount = live.filter(({ hasSeries }) => !hasSeries).length
    if (live.length === this.#references.length) return
    this.#index = new AttributeIndex()
    this.#references = []
    for (const reservation of live) {
      this.#references[this.#index.locate(reservation.attributes, Number.POSITIVE_INFINITY)] = new WeakRef(
        reservation,
      )
    }
  }
}
