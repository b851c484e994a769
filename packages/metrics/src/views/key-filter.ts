import type { Attributes } from '@opentelemetry/api'
import type { IAttributesProcessor } from '@opentelemetry/sdk-metrics'
import type { AttributeTransform, BoundAttributes } from './attribute-transform.ts'
import { setAttribute } from './set-attribute.ts'

/** Allow list or deny list of attribute keys. */
export class KeyFilter implements AttributeTransform {
  readonly usesContext = false
  readonly #keys: ReadonlySet<string>
  readonly #isAllowList: boolean

  constructor(keys: ReadonlySet<string>, isAllowList: boolean) {
    this.#keys = keys
    this.#isAllowList = isAllowList
  }

  apply(attributes: Attributes): Attributes {
    const kept: Attributes = {}
    for (const key of Object.keys(attributes)) {
      if (this.#keys.has(key) === this.#isAllowList) setAttribute(kept, key, attributes[key])
    }
    return kept
  }

  bind(attributes: Attributes): BoundAttributes {
    return { attributes: this.apply(attributes), onRecord: undefined }
  }
}

/**
 * Converts an allow-list or deny-list processor of sdk-metrics to a `KeyFilter`. Returns undefined for other
 * processors.
 *
 * The processors of sdk-metrics lose a `__proto__` key, and every record would have to look up the active context for
 * them. They are recognised by a private field, which works for every copy of sdk-metrics; if the field is renamed,
 * they run like any other processor.
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
