import type { AttributeDefinition } from './attribute.ts'
import { BoundedMap } from './bounded-map.ts'

/** Makes the values of one attribute from any text, within the bound of its definition. */
export class BoundedValues {
  readonly #known: ReadonlySet<unknown>
  readonly #others: BoundedMap<string>
  readonly #other: string

  constructor(definition: AttributeDefinition & { readonly other: string }) {
    this.#known = new Set(definition.values)
    this.#others = new BoundedMap(definition)
    this.#other = definition.other
  }

  /** How many times a value was replaced. */
  get refused(): number {
    return this.#others.refused
  }

  /**
   * Returns the value itself, at most 256 characters of it, or what replaces it past the bound.
   * @param now milliseconds of a monotonic clock
   */
  label(value: string, now: number): string {
    if (this.#known.has(value)) return value
    return this.#others.find(value, now) ?? this.#others.add(value, (copy) => copy, now) ?? this.#other
  }
}
