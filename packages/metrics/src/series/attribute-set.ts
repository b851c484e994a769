import type { Attributes } from '@opentelemetry/api'
import { readComplexValue } from './complex-value.ts'

/** One attribute, read and checked. */
export interface AttributeEntry {
  readonly key: string
  /** What identifies the value: the primitive itself. */
  readonly value: unknown
  /** What identifies a structured value (array, object, bytes) instead of `value`. */
  readonly identity: string | undefined
  /** What data points show. */
  readonly exportedValue: unknown
}

/**
 * The attributes of one measurement in the order in which they were given, without those that are no attribute
 * values: `undefined` (no value, by the API), functions, symbols, BigInts, class instances, circular structures, and
 * whatever throws when it is read. Never throws.
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

/** What an application passes as attributes; what is no object counts as none. */
export function attributesOrEmpty(given: unknown): Attributes {
  return typeof given === 'object' && given !== null ? (given as Attributes) : NO_ATTRIBUTES
}

/** The frozen object that data points carry. */
export function toAttributes(entries: readonly AttributeEntry[]): Attributes {
  // fromEntries defines own properties: `__proto__` is a key like any other.
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
        const structured = readComplexValue(value)
        if (structured === undefined) return undefined
        return { key, value: undefined, identity: structured.identity, exportedValue: structured.copy }
      }
      default:
        return undefined
    }
  } catch {
    return undefined
  }
}
