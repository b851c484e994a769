import type { Attributes, AttributeValue } from '@opentelemetry/api'
import type { AttributeTransform, BoundAttributes } from './attribute-transform.ts'
import { setAttribute } from './set-attribute.ts'

/** What stands for every value that a bound cuts. */
export const OTHER = 'other'

/**
 * Bounds the values of one attribute; what is cut becomes `other`. Only strings, numbers and booleans pass.
 *
 * - a list: these values pass
 * - a number n: the first n different values pass, for the life of the provider
 * - a function to a closed set: what it returns is used; undefined, or an exception, means `other`. It must be pure
 */
export type AttributeBound =
  | readonly AttributeValue[]
  | number
  | ((value: AttributeValue) => AttributeValue | undefined)

/** How often a bound of a view has cut. */
export interface AttributeCut {
  /** The view's `instrumentName`; `*` if it has none. */
  readonly instrumentName: string
  /** The attribute key. */
  readonly attribute: string
  /** Measurements whose value became `other`, since the provider was made. */
  readonly count: number
}

type Limiter = (value: AttributeValue) => AttributeValue | undefined

interface BoundedAttribute {
  readonly key: string
  readonly limit: Limiter
  cuts: number
}

/** The bounds of one view, shared by all instruments that it selects: a value means the same on all of them. */
export class AttributeBounds implements AttributeTransform {
  readonly usesContext = false
  readonly #attributes: readonly BoundedAttribute[]

  constructor(bounds: Readonly<Record<string, AttributeBound>>) {
    this.#attributes = Object.entries(bounds).map(([key, bound]) => ({
      key,
      limit: createLimiter(bound),
      cuts: 0,
    }))
  }

  /** Measurements cut so far, by attribute key. */
  get cuts(): readonly (readonly [attribute: string, count: number])[] {
    return this.#attributes.map(({ key, cuts }) => [key, cuts])
  }

  apply(attributes: Attributes): Attributes {
    return this.#replaceCutValues(attributes, countCut)
  }

  bind(attributes: Attributes): BoundAttributes {
    const cut: BoundedAttribute[] = []
    const result = this.#replaceCutValues(attributes, (entry) => cut.push(entry))
    return { attributes: result, onRecord: cut.length === 0 ? undefined : () => cut.forEach(countCut) }
  }

  #replaceCutValues(attributes: Attributes, onCut: (entry: BoundedAttribute) => void): Attributes {
    let result = attributes
    for (const entry of this.#attributes) {
      const replaced = replacement(entry, attributes)
      if (replaced === undefined) continue
      if (replaced === OTHER) onCut(entry)
      // Copied only when something is cut: what passes costs no allocation.
      if (result === attributes) result = { ...attributes }
      setAttribute(result, entry.key, replaced)
    }
    return result
  }
}

function countCut(entry: BoundedAttribute): void {
  entry.cuts += 1
}

/** The value instead of the given one; undefined if that stays, or there is none. */
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
