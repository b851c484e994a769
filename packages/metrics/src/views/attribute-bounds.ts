import type { Attributes, AttributeValue } from '@opentelemetry/api'
import type { AttributeTransform, BoundAttributes } from './attribute-transform.ts'
import { setAttribute } from './set-attribute.ts'

/** Replaces values that are not allowed by a bound. */
export const OTHER = 'other'

/**
 * Limits the values of one attribute. Other values, and values that are not a string, number or boolean, become
 * `other`.
 *
 * - a list: the allowed values
 * - a number n: allows the first n distinct values, for the lifetime of the provider
 * - a function: maps a value to one of a closed set. Undefined or an exception means `other`. The function must be pure
 */
export type AttributeBound =
  | readonly AttributeValue[]
  | number
  | ((value: AttributeValue) => AttributeValue | undefined)

/** Number of values that one attribute bound of a view replaced. */
export interface AttributeOverflow {
  /** `instrumentName` of the view; `*` if it has none. */
  readonly instrumentName: string
  /** Attribute key. */
  readonly attribute: string
  /** Measurements whose value became `other` since the provider was created. */
  readonly count: number
}

type Limiter = (value: AttributeValue) => AttributeValue | undefined

interface BoundedAttribute {
  readonly key: string
  readonly limit: Limiter
  overflowCount: number
}

/** The bounds of one view. All instruments of the view share them, so a value is allowed on all or on none. */
export class AttributeBounds implements AttributeTransform {
  readonly usesContext = false
  readonly #attributes: readonly BoundedAttribute[]

  constructor(bounds: Readonly<Record<string, AttributeBound>>) {
    this.#attributes = Object.entries(bounds).map(([key, bound]) => ({
      key,
      limit: createLimiter(bound),
      overflowCount: 0,
    }))
  }

  /** Number of measurements whose value was replaced, by attribute key. */
  get overflows(): readonly (readonly [attribute: string, count: number])[] {
    return this.#attributes.map(({ key, overflowCount }) => [key, overflowCount])
  }

  apply(attributes: Attributes): Attributes {
    return this.#replaceValues(attributes, countOverflow)
  }

  bind(attributes: Attributes): BoundAttributes {
    const overflowing: BoundedAttribute[] = []
    const result = this.#replaceValues(attributes, (entry) => overflowing.push(entry))
    return {
      attributes: result,
      onRecord: overflowing.length === 0 ? undefined : () => overflowing.forEach(countOverflow),
    }
  }

  #replaceValues(attributes: Attributes, onOverflow: (entry: BoundedAttribute) => void): Attributes {
    let result = attributes
    for (const entry of this.#attributes) {
      const replaced = replacement(entry, attributes)
      if (replaced === undefined) continue
      if (replaced === OTHER) onOverflow(entry)
      // Copies only if a value is replaced: allowed values cost no allocation.
      if (result === attributes) result = { ...attributes }
      setAttribute(result, entry.key, replaced)
    }
    return result
  }
}

function countOverflow(entry: BoundedAttribute): void {
  entry.overflowCount += 1
}

/** Returns the replacement of the attribute's value; undefined if the value is allowed or absent. */
function replacement({ key, limit }: BoundedAttribute, attributes: Attributes): AttributeValue | undefined {
  if (!Object.hasOwn(attributes, key)) return undefined
  const value = attributes[key]
  if (value === undefined) return undefined
  const replaced = limitValue(value, limit) ?? OTHER
  return replaced === value ? undefined : replaced
}

function createLimiter(bound: AttributeBound): Limiter {
  if (typeof bound === 'function') return bound
  if (typeof bound === 'number') return firstValues(bound)
  const allowed = new Set(bound)
  return (value) => (allowed.has(value) ? value : undefined)
}

function firstValues(count: number): Limiter {
  const seen = new Set<AttributeValue>()
  return (value) => {
    if (seen.has(value)) return value
    if (seen.size >= count) return undefined
    seen.add(value)
    return value
  }
}

function limitValue(value: AttributeValue, limit: Limiter): AttributeValue | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined
  try {
    return limit(value)
  } catch {
    return undefined
  }
}
