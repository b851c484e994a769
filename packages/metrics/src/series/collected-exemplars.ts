import type { Attributes } from '@opentelemetry/api'
import type { Exemplar } from '../exemplars/exemplar.ts'
import type { ExemplarReservoir } from '../exemplars/reservoir.ts'
import { isCellReservoir, type ReservoirCell, toExemplars } from '../exemplars/reservoir-cell.ts'
import type { ExemplarSampler } from '../exemplars/sampler.ts'

/** What the reservoirs of a stream held at one moment. */
export class CollectedExemplars {
  /** Of reservoirs of the application that failed. */
  readonly errors: unknown[] = []
  readonly #sampler: ExemplarSampler | undefined
  readonly #cells = new Map<number, readonly (ReservoirCell | undefined)[]>()
  readonly #exemplars = new Map<number, Exemplar[]>()

  /** @param sampler undefined if there are no exemplars */
  constructor(sampler: ExemplarSampler | undefined) {
    this.#sampler = sampler
  }

  /** Takes what the reservoir of this series holds. Never throws. */
  add(slot: number, reservoir: ExemplarReservoir, pointAttributes: Attributes): void {
    try {
      if (isCellReservoir(reservoir)) this.#cells.set(slot, reservoir.takeCells())
      else this.#exemplars.set(slot, arrayOf(reservoir.collect(pointAttributes)))
    } catch (error) {
      this.errors.push(error)
    }
  }

  /** The exemplars of a data point; undefined if it has none. Never throws. */
  forSlot(slot: number, pointAttributes: Attributes): Exemplar[] | undefined {
    const cells = this.#cells.get(slot)
    const exemplars = cells === undefined ? this.#exemplars.get(slot) : toExemplars(cells, pointAttributes)
    if (exemplars === undefined || exemplars.length === 0) return undefined
    try {
      return this.#sampler?.withAllowedAttributes(exemplars)
    } catch (error) {
      this.errors.push(error)
      return undefined
    }
  }
}

/** Reservoirs of the application return what they like. */
function arrayOf(exemplars: Exemplar[]): Exemplar[] {
  return Array.isArray(exemplars) ? exemplars : []
}

/** Of streams without exemplars. */
export const NO_EXEMPLARS = new CollectedExemplars(undefined)
