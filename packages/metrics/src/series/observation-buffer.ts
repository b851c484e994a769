import type { Attributes } from '@opentelemetry/api'
import { AttributeIndex } from './attribute-index.ts'

/** What callbacks observed of one instrument in one collection: of equal attributes the last value. */
export class ObservationBuffer {
  readonly #index = new AttributeIndex()
  readonly #values: number[] = []

  /** Never throws. */
  observe(value: number, attributes: Attributes): void {
    const slot = this.#index.locate(attributes, Number.POSITIVE_INFINITY)
    this.#values[slot] = value
  }

  /** A new buffer with what is in this one and then what another callback observed. */
  with(other: ObservationBuffer): ObservationBuffer {
    const both = new ObservationBuffer()
    for (const buffer of [this, other]) {
      buffer.forEach((value, attributes) => {
        both.observe(value, attributes)
      })
    }
    return both
  }

  /** In the order of first observation. */
  forEach(visit: (value: number, attributes: Attributes) => void): void {
    for (const [slot, attributes] of this.#index.sets.entries()) visit(this.#values[slot] ?? 0, attributes)
  }
}
