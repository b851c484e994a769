import type { Attributes } from '@opentelemetry/api'
import type { IAttributesProcessor } from '@opentelemetry/sdk-metrics'
import type { AttributeTransform, BoundAttributes } from './attribute-transform.ts'
import { setAttribute } from './set-attribute.ts'

/** Keeps the attributes whose keys are (or are not) in a set. */
export class KeyFilter implements AttributeTransform {
  readonly usesContext = false
  readonly #keys: ReadonlySet<string>
  readonly #keepsListed: boolean

  constructor(keys: ReadonlySet<string>, keepsListed: boolean) {
    this.#keys = keys
    this.#keepsListed = keepsListed
  }

  apply(attributes: Attributes): Attributes {
    const kept: Attributes = {}
    for (const key of Object.keys(attributes)) {
      if (this.#keys.has(key) === this.#keepsListed) setAttribute(kept, key, attributes[key])
    }
    return kept
  }

  bind(attributes: Attributes): BoundAttributes {
    return { attributes: this.apply(attributes), onRecord: undefined }
  }
}

/**
 * Upstream's allow list or deny list as a filter of ours, undefined for any other processor. Upstream's own loses a
 * `__proto__` key, and cannot be told apart from a processor that looks at the context, so a bound series would have
 * to ask it on every record. They are known by a private field, so of any copy; if that is renamed one day they are
 * run like all others.
 */
export function asKeyFilter(processor: IAttributesProcessor): KeyFilter | undefined {
  const allowed: unknown = Reflect.get(processor, '_allowedAttributeNames')
  if (isStringSet(allowed)) return new KeyFilter(allowed, true)
  const denied: unknown = Reflect.get(processor, '_deniedAttributeNames')
  return isStringSet(denied) ? new KeyFilter(denied, false) : undefined
}

function isStringSet(value: unknown): value is ReadonlySet<string> {
  return value instanceof Set && [...value].every((element) => typeof element === 'string')
}
