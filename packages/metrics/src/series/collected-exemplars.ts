import type { Attributes } from '@opentelemetry/api'
import type { Exemplar } from '../exemplars/exemplar.ts'
import type { ExemplarReservoir } from '../exemplars/reservoir.ts'
import { isCellReservoir, type ReservoirCell, toExemplars } from '../exemplars/reservoir-cell.ts'
import type { ExemplarSampler } from '../exemplars/sampler.ts'

/** Exemplars of all series of a stream, taken from their reservoirs at one collection. */
export class CollectedExemplars {
  /** Errors thrown by the application's reservoirs. */
  readonly errors: unknown[] = []
  readonly #sampler: ExemplarSampler | undefined
  readonly #cells = new Map<number, readonly (ReservoirCell | undefined)[]>()
  readonly #exemplars = new Map<number, Exemplar[]>()

  /** @param sampler undefined if exemplars are off */
  constructor(sampler: ExemplarSampler | undefined) {
    this.#sampler = sampler
  }

  /** Collects the reservoir of this series. Never throws. */
  add(slot: number, reservoir: ExemplarReservoir, pointAttributes: Attributes): void {
    try {
      if (isCellReservoir(reservoir)) this.#cells.set(slot, reservoir.takeCells())
      else this.#exemplars.set(slot, arrayOf(reservoir.collect(pointAttributes)))
    } catch (error) {
      this.errors.push(error)
    }
  }

  /** Returns the exemplars of a data point, or undefined if it has none. Never throws. */
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

/** Guards against reservoirs of the application that return something else. */
function arrayOf(exemplars: Exemplar[]): Exemplar[] {
  return Array.isArray(exemplars) ? exemplars : []
}

/** Used for streams without exemplars. */
export const NO_EXEMPLARS = new CollectedExemplars(undefined)
