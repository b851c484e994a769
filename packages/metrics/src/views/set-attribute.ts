import type { Attributes, AttributeValue } from '@opentelemetry/api'

/** Sets an own property. Supports the key `__proto__`, for which an assignment would set the prototype. */
export function setAttribute(attributes: Attributes, key: string, value: AttributeValue): void {
  if (key !== '__proto__') attributes[key] = value
  else Object.defineProperty(attributes, key, { value, enumerable: true, configurable: true, writable: true })
}
