import type { AttributeDefinition } from './attribute.ts'
import { BoundedMap } from './bounded-map.ts'

/** Turns any text into a value of one attribute, within the limit of its definition. */
export class BoundedValues {
  readonly #known: ReadonlySet<unknown>
  readonly #others: BoundedMap<string>
  readonly #overflow: string

  constructor(definition: AttributeDefinition & { readonly overflow: string }) {
    this.#known = new Set(definition.values)
    this.#others = new BoundedMap(definition)
    this.#overflow = definition.overflow
  }

  /** Number of values that were replaced by the overflow value. */
  get overflowCount(): number {
    return this.#others.overflowCount
  }

  /**
   * Returns at most 256 characters of the value, or the overflow value beyond the limit.
   * @param now milliseconds of a monotonic clock
   */
  label(value: string, now: number): string {
    if (this.#known.has(value)) return value
    return this.#others.find(value, now) ?? this.#others.add(value, (copy) => copy, now) ?? this.#overflow
  }
}
