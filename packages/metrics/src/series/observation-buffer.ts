import type { Attributes } from '@opentelemetry/api'
import { AttributeIndex } from './attribute-index.ts'

/** What a callback observed of one instrument in one collection: of equal attributes the last value. */
export class ObservationBuffer {
  readonly #index = new AttributeIndex()
  readonly #values: number[] = []

  /** Never throws. */
  observe(value: number, attributes: Attributes): void {
    const slot = this.#index.locate(attributes, Number.POSITIVE_INFINITY)
    this.#values[slot] = value
  }

  /** In the order of first observation. */
  forEach(visit: (value: number, attributes: Attributes) => void): void {
    for (const [slot, attributes] of this.#index.sets.entries()) visit(this.#values[slot] ?? 0, attributes)
  }
}

/** One buffer with what several callbacks observed one after the other; the only one itself, if there is one. */
export function mergeObservations(buffers: readonly ObservationBuffer[]): ObservationBuffer {
  const [first, ...others] = buffers
  if (first !== undefined && others.length === 0) return first
  const all = new ObservationBuffer()
  for (const buffer of buffers) {
    buffer.forEach((value, attributes) => {
      all.observe(value, attributes)
    })
  }
  return all
}
