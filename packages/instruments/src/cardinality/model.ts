import type { AttributeDefinition } from './attribute.ts'
import { BoundedMap } from './bounded-map.ts'
import { boundedText, copyText } from './bounded-text.ts'

/** Value of the model attributes for a model that no engine has named, or beyond the limit. */
export const OTHER_MODEL = 'other'

/** Limit of model names, requested and served together. */
const MAX_MODELS = 100

/** Limit of the model names of `/v1/models` that are stored. A name counts as a value once a call uses it. */
const MAX_LISTED = 2_000

/** `gen_ai.request.model`. */
export const REQUEST_MODEL = {
  name: 'gen_ai.request.model',
  values: [],
  limit: MAX_MODELS,
  overflow: OTHER_MODEL,
  description:
    'requested models that an engine listed in `/v1/models` or answered with, also without the version suffix of the answer; `other` for the rest; absent if the request names none or was not sent, such as after a refused connection',
} as const satisfies AttributeDefinition

/** `gen_ai.response.model`; has one limit with {@link REQUEST_MODEL}. */
export const RESPONSE_MODEL = {
  name: 'gen_ai.response.model',
  values: [],
  limit: MAX_MODELS,
  overflow: OTHER_MODEL,
  description: 'models that engines answered with; absent if the response names none',
} as const satisfies AttributeDefinition

/**
 * Turns model names into attribute values. Clients choose the requested model: it becomes a value only if an engine
 * has named it, in a list of models or in an answer. All values have one limit.
 */
export class ModelLabels {
  readonly #values = new BoundedMap<string>(REQUEST_MODEL)
  readonly #listed = new Set<string>()

  /** Number of names that were replaced by `other` because the limit was reached. */
  get overflowCount(): number {
    return this.#values.overflowCount
  }

  /** Called with each model that an engine listed in `/v1/models`. The oldest name is dropped beyond 2,000. */
  listed(model: string): void {
    const key = boundedText(model)
    if (this.#listed.has(key)) return
    this.#listed.add(copyText(key))
    if (this.#listed.size <= MAX_LISTED) return
    for (const oldest of this.#listed) {
      this.#listed.delete(oldest)
      break
    }
  }

  /**
   * Returns the value of a model that an engine answered with in a successful response.
   * @param now milliseconds of a monotonic clock
   */
  served(model: string, now: number): string {
    return this.#values.find(model, now) ?? this.#values.add(model, (copy) => copy, now) ?? OTHER_MODEL
  }

  /**
   * Returns the value of a model that a client requested.
   * @param served the model in the answer to the same request; `undefined` before it, and for a failed request
   * @param now milliseconds of a monotonic clock
   */
  requested(model: string, served: string | undefined, now: number): string {
    const known = this.#values.find(model, now)
    if (known !== undefined) return known
    const isNamed = this.#listed.has(boundedText(model)) || (served !== undefined && names(served, model))
    return isNamed ? this.served(model, now) : OTHER_MODEL
  }
}

/** Returns whether an answer confirms a requested name: `gpt-4o` is answered with `gpt-4o` or `gpt-4o-2024-08-06`. */
function names(served: string, requested: string): boolean {
  return (
    served === requested || (served.startsWith(requested) && /^[-@:]/.test(served.slice(requested.length)))
  )
}
