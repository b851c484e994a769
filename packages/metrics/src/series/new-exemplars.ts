import type { Attributes } from '@opentelemetry/api'
import type { Exemplar } from '../exemplars/exemplar.ts'
import type { ExemplarReservoir } from '../exemplars/reservoir.ts'
import { type CellReservoir, isCellReservoir, type ReservoirCell } from '../exemplars/reservoir-cell.ts'
import type { ExemplarSampler } from '../exemplars/sampler.ts'

/**
 * Time from which a read ends the cycle of a reservoir, in milliseconds. Between, reads do not end it, so that frequent reads do not
 * make each first measurement an exemplar. Without any end, a reservoir would hardly ever replace its exemplars.
 */
const CYCLE_MS = 10_000

interface ReadState {
  cells: readonly (ReservoirCell | undefined)[]
  /** Identities of the exemplars of an application's reservoir. */
  identities: ReadonlySet<string>
  cycleStart: number
}

/** Reads the exemplars of the series of one stream that were not read before. */
export class NewExemplars {
  readonly #sampler: ExemplarSampler
  readonly #now: () => number
  readonly #states: (ReadState | undefined)[] = []

  /** @param now milliseconds */
  constructor(sampler: ExemplarSampler, now: () => number) {
    this.#sampler = sampler
    this.#now = now
  }

  /** Returns the new exemplars of this series. Drops those of a reservoir that throws. Never throws. */
  read(slot: number, reservoir: ExemplarReservoir, pointAttributes: Attributes): readonly Exemplar[] {
    try {
      const state = this.#stateOf(slot)
      const exemplars = isCellReservoir(reservoir)
        ? this.#newCells(state, reservoir, pointAttributes)
        : newOf(state, reservoir.collect(pointAttributes))
      return exemplars.length === 0 ? exemplars : this.#sampler.withAllowedAttributes(exemplars)
    } catch {
      return []
    }
  }

  /** Makes all exemplars new. */
  reset(): void {
    this.#states.length = 0
  }

  #newCells(state: ReadState, reservoir: CellReservoir, pointAttributes: Attributes): Exemplar[] {
    const isCycleEnd = this.#now() - state.cycleStart >= CYCLE_MS
    if (isCycleEnd) state.cycleStart = this.#now()
    const cells = isCycleEnd ? reservoir.takeCells() : reservoir.peekCells()
    const exemplars: Exemplar[] = []
    for (const [i, cell] of cells.entries())
      if (cell !== undefined && cell !== state.cells[i]) exemplars.push(cell.toExemplar(pointAttributes))
    if (exemplars.length > 0) state.cells = cells.slice()
    return exemplars
  }

  #stateOf(slot: number): ReadState {
    const known = this.#states[slot]
    if (known !== undefined) return known
    const added: ReadState = { cells: [], identities: new Set(), cycleStart: this.#now() }
    while (this.#states.length < slot) this.#states.push(undefined)
    this.#states[slot] = added
    return added
  }
}

function newOf(state: ReadState, collected: unknown): Exemplar[] {
  if (!Array.isArray(collected)) return []
  const exemplars: Exemplar[] = collected
  const identities = exemplars.map(({ value, timestamp, traceId, spanId }) =>
    JSON.stringify([value, timestamp, traceId, spanId]),
  )
  const known = state.identities
  state.identities = new Set(identities)
  return exemplars.filter((_, i) => !known.has(identities[i] ?? ''))
}
