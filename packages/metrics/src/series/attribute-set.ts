import type { Attributes } from '@opentelemetry/api'
import { readComplexValue } from './complex-value.ts'

/** A validated attribute. */
export interface AttributeEntry {
  readonly key: string
  /** Identity of a primitive value: the value itself. */
  readonly value: unknown
  /** Identity of a complex value (array, object, bytes). Undefined for primitives. */
  readonly identity: string | undefined
  /** Value on data points. */
  readonly exportedValue: unknown
}

/**
 * Returns the valid attributes of a measurement in their original order. Omits values that are not attribute values:
 * `undefined` (no value, by the API), functions, symbols, BigInts, class instances, circular structures and properties
 * whose getter throws. Never throws.
 */
export function readAttributeSet(attributes: Attributes): AttributeEntry[] {
  const entries: AttributeEntry[] = []
  for (const key of ownKeys(attributes)) {
    const entry = readEntry(attributes, key)
    if (entry !== undefined) entries.push(entry)
  }
  return entries
}

const NO_ATTRIBUTES: Attributes = Object.freeze({})

/** Returns `given`, or empty attributes if `given` is not an object. */
export function attributesOrEmpty(given: unknown): Attributes {
  return typeof given === 'object' && given !== null ? (given as Attributes) : NO_ATTRIBUTES
}

/** Returns the attributes as a frozen object for data points. */
export function toAttributes(entries: readonly AttributeEntry[]): Attributes {
  // fromEntries defines own properties, so the key `__proto__` is safe.
  return Object.freeze(Object.fromEntries(entries.map((entry) => [entry.key, entry.exportedValue])))
}

function ownKeys(attributes: Attributes): string[] {
  try {
    return Object.keys(attributes)
  } catch {
    return []
  }
}

function readEntry(attributes: Attributes, key: string): AttributeEntry | undefined {
  try {
    const value = attributes[key]
    switch (typeof value) {
      case 'string':
      case 'number':
      case 'boolean':
        return { key, value, identity: undefined, exportedValue: value }
      case 'object': {
        if (value === null) return { key, value, identity: undefined, exportedValue: null }
        const complex = readComplexValue(value)
        if (complex === undefined) return undefined
        return { key, value: undefined, identity: complex.identity, exportedValue: complex.copy }
      }
      default:
        return undefined
    }
  } catch {
    return undefined
  }
}
