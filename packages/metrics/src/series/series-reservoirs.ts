import type { Attributes, Context } from '@opentelemetry/api'
import type { ExemplarReservoir } from '../exemplars/reservoir.ts'
import type { ExemplarSampler } from '../exemplars/sampler.ts'
import type { ChangedSlots } from './changed-slots.ts'
import { CollectedExemplars, NO_EXEMPLARS } from './collected-exemplars.ts'

/** Exemplar reservoirs by slot. Each is created at the first eligible measurement of its series. */
export class SeriesReservoirs {
  readonly #createReservoir: () => ExemplarReservoir
  readonly #now: () => number
  readonly #reservoirs: (ExemplarReservoir | undefined)[] = []
  /** Slots with a reservoir, so that a collection visits only these. */
  readonly #slots: number[] = []
  /** Series with offered measurements. Undefined unless changes are tracked. */
  #changes: ChangedSlots | undefined
  /** Gets all measurements that are offered. */
  mirror: Pick<SeriesReservoirs, 'offer'> | undefined

  /** @param now epoch milliseconds */
  constructor(createReservoir: () => ExemplarReservoir, now: () => number) {
    this.#createReservoir = createReservoir
    this.#now = now
  }

  /**
   * Offers a measurement that passed the exemplar filter.
   *
   * @throws errors of the application's reservoirs
   */
  offer(slot: number, value: number, attributes: Attributes, context: Context): void {
    const reservoir = this.#reservoirs[slot] ?? this.#create(slot)
    reservoir.offer(value, this.#now, attributes, context)
    this.#changes?.mark(slot)
    this.mirror?.offer(slot, value, attributes, context)
  }

  /** Marks the series with offered measurements from now on. */
  track(changes: ChangedSlots): void {
    this.#changes = changes
  }

  /** Marks all series that have a reservoir. */
  markAll(): void {
    for (const slot of this.#slots) this.#changes?.mark(slot)
  }

  /** Returns the reservoir of a series that has had an eligible measurement. */
  reservoirOf(slot: number): ExemplarReservoir | undefined {
    return this.#reservoirs[slot]
  }

  /** Collects all reservoirs. Never throws. */
  collect(sampler: ExemplarSampler | undefined, attributes: readonly Attributes[]): CollectedExemplars {
    if (sampler === undefined || this.#slots.length === 0) return NO_EXEMPLARS
    const collected = new CollectedExemplars(sampler)
    for (const slot of this.#slots) {
      const reservoir = this.#reservoirs[slot]
      if (reservoir !== undefined) collected.add(slot, reservoir, attributes[slot] ?? {})
    }
    return collected
  }

  #create(slot: number): ExemplarReservoir {
    const reservoir = this.#createReservoir()
    while (this.#reservoirs.length <= slot) this.#reservoirs.push(undefined)
    this.#reservoirs[slot] = reservoir
    this.#slots.push(slot)
    return reservoir
  }
}
