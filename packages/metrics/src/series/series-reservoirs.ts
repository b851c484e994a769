import type { Attributes, Context } from '@opentelemetry/api'
import type { ExemplarReservoir } from '../exemplars/reservoir.ts'
import type { ExemplarSampler } from '../exemplars/sampler.ts'
import { CollectedExemplars, NO_EXEMPLARS } from './collected-exemplars.ts'

/** The reservoirs of the series of one table, made at the first eligible measurement of each. */
export class SeriesReservoirs {
  readonly #createReservoir: () => ExemplarReservoir
  readonly #now: () => number
  readonly #reservoirs: (ExemplarReservoir | undefined)[] = []
  /** Slots that have a reservoir: a collection does not look at the others. */
  readonly #slots: number[] = []

  /** @param now epoch milliseconds */
  constructor(createReservoir: () => ExemplarReservoir, now: () => number) {
    this.#createReservoir = createReservoir
    this.#now = now
  }

  /** An eligible measurement. May throw what a reservoir of the application throws. */
  offer(slot: number, value: number, given: Attributes, context: Context): void {
    const reservoir = this.#reservoirs[slot] ?? this.#create(slot)
    reservoir.offer(value, this.#now, given, context)
  }

  /** What the reservoirs hold now. Never throws. */
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
