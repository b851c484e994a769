import type { Attributes } from '@opentelemetry/api'
import { InvalidMessage, isObject } from './codec.ts'

/** Most attributes of a series, an exemplar or a resource. OpenTelemetry limits the attributes of spans to 128 by default. */
export const MAX_ATTRIBUTES = 256

/** Deepest nesting of an attribute value. */
const MAX_DEPTH = 16

/**
 * Returns `value` if it is an object of attributes, whose values may be arrays and objects.
 * @throws InvalidMessage otherwise, or if it has too many attributes or too deep values
 */
export function validateAttributes(value: unknown): Attributes {
  if (!isObject(value)) throw new InvalidMessage('value', 'attributes are not an object')
  const entries = Object.entries(value)
  if (entries.length > MAX_ATTRIBUTES) throw new InvalidMessage('limit', `${entries.length} attributes`)
  for (const [, attribute] of entries) checkDepth(attribute, 1)
  return value as Attributes
}

function checkDepth(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return
  if (depth > MAX_DEPTH) throw new InvalidMessage('limit', 'nested attribute value')
  for (const item of Object.values(value)) checkDepth(item, depth + 1)
}
