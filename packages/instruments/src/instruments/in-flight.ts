import type { Attributes, UpDownCounter } from '@opentelemetry/api'
import { internalErrors } from './internal-errors.ts'
import { type CountSeries, countSeries } from './series.ts'

/** Series with a change that is not recorded yet. */
const incomplete = new Set<InFlight>()

/**
 * A series of an up-down counter that returns to 0 even if the provider throws: a change that could not be recorded is
 * recorded with the next change of any series. No method throws.
 */
export class InFlight {
  readonly #counter: UpDownCounter
  readonly #attributes: Attributes
  #series: CountSeries | undefined
  #unrecorded = 0

  constructor(counter: UpDownCounter, attributes: Attributes = {}) {
    this.#counter = counter
    this.#attributes = attributes
  }

  /** Adds 1 or -1, or 0 so that the series exists. */
  change(by: 1 | -1 | 0): void {
    this.#unrecorded += by
    this.#record()
    if (incomplete.size === 0) return
    for (const other of incomplete) if (other !== this) other.#record()
  }

  #record(): void {
    try {
      this.#series ??= countSeries(this.#counter, this.#attributes)
      this.#series.add(this.#unrecorded)
      this.#unrecorded = 0
      incomplete.delete(this)
    } catch (error) {
      incomplete.add(this)
      internalErrors.report('in_flight', error)
    }
  }
}
