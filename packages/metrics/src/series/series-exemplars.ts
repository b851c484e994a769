import type { Attributes, Context } from '@opentelemetry/api'
import type { Exemplar } from '../exemplars/exemplar.ts'
import type { ExemplarReservoir } from '../exemplars/reservoir.ts'
import type { ExemplarSampler } from '../exemplars/sampler.ts'

/** What a collection finds. */
export interface CollectedExemplars {
  readonly bySlot: ReadonlyMap<number, Exemplar[]>
  /** Of reservoirs of the application that failed. */
  readonly errors: readonly unknown[]
}

const NOTHING: CollectedExemplars = { bySlot: new Map(), errors: [] }

/** The reservoirs of the series of one table, made at the first eligible measurement of each. */
export class SeriesExemplars {
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

  /** What the reservoirs hold. Never throws. */
  collect(sampler: ExemplarSampler | undefined, attributes: readonly Attributes[]): CollectedExemplars {
    if (sampler === undefined || this.#slots.length === 0) return NOTHING
    const bySlot = new Map<number, Exemplar[]>()
    const errors: unknown[] = []
    for (const slot of this.#slots) {
      try {
        const collected = this.#reservoirs[slot]?.collect(attributes[slot] ?? {}) ?? []
        if (collected.length > 0) bySlot.set(slot, sampler.shown(collected))
      } catch (error) {
        errors.push(error)
      }
    }
    return { bySlot, errors }
  }

  #create(slot: number): ExemplarReservoir {
    const reservoir = this.#createReservoir()
    while (this.#reservoirs.length <= slot) this.#reservoirs.push(undefined)
    this.#reservoirs[slot] = reservoir
    this.#slots.push(slot)
    return reservoir
  }
}
