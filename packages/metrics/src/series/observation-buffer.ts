import type { Attributes } from '@opentelemetry/api'
import { AttributeIndex } from './attribute-index.ts'

/** Observations of one instrument by one callback in one collection. For equal attributes the last value is kept. */
export class ObservationBuffer {
  readonly #index = new AttributeIndex()
  readonly #values: number[] = []

  /** Never throws. */
  observe(value: number, attributes: Attributes): void {
    const slot = this.#index.locate(attributes, Number.POSITIVE_INFINITY)
    this.#values[slot] = value
  }

  /** Visits the observations in the order of their first occurrence. */
  forEach(visit: (value: number, attributes: Attributes) => void): void {
    for (const [slot, attributes] of this.#index.sets.entries()) visit(this.#values[slot] ?? 0, attributes)
  }
}

/** Merges the observations of several callbacks, in order. Returns a single buffer as is. */
export function mergeObservations(buffers: readonly ObservationBuffer[]): ObservationBuffer {
  const [first, ...others] = buffers
  if (first !== undefined && others.length === 0) return first
  const merged = new ObservationBuffer()
  for (const buffer of buffers) {
    buffer.forEach((value, attributes) => {
      merged.observe(value, attributes)
    })
  }
  return merged
}
