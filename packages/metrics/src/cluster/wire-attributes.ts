import type { Attributes } from '@opentelemetry/api'
import { wireNumber } from '../series/wire-values.ts'

/**
 * Returns the attributes of a series or exemplar as JSON can represent them: NaN and infinities become text, byte arrays become arrays
 * of numbers. Returns the same object if nothing changes, as for almost all attributes.
 */
export function wireAttributes(attributes: Attributes): Attributes {
  for (const key of Object.keys(attributes)) {
    const value: unknown = attributes[key]
    if (typeof value === 'object' ? value !== null : typeof value === 'number' && !Number.isFinite(value))
      return Object.fromEntries(Object.entries(attributes).map(([name, v]) => [name, wireValue(v)]))
  }
  return attributes
}

// Nesting is bounded: attribute values are validated when they are recorded.
function wireValue(value: unknown): Attributes[string] {
  if (typeof value === 'number') return wireNumber(value)
  if (typeof value !== 'object' || value === null) return value as Attributes[string]
  if (value instanceof Uint8Array) return Array.from(value)
  if (Array.isArray(value)) return value.map(wireValue) as Attributes[string]
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, wireValue(member)]),
  ) as unknown as Attributes[string]
}
