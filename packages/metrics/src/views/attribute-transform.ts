import type { Attributes, Context } from '@opentelemetry/api'
import type { IAttributesProcessor } from '@opentelemetry/sdk-metrics'

/** What a view makes of the attributes of a measurement before they name a series. */
export interface AttributeTransform {
  /** Whether the result may depend on the context. */
  readonly usesContext: boolean

  /**
   * Whether these attributes stay as they are, now and for ever, so that a bound series need not ask again.
   *
   * @param attributes no longer changed by anyone
   */
  passes(attributes: Attributes): boolean

  /**
   * @param attributes as given; not changed
   * @param context of synchronous measurements, if `usesContext`; undefined for observed ones
   * @returns the same object if nothing is to be changed
   */
  apply(attributes: Attributes, context: Context | undefined): Attributes
}

const NO_ATTRIBUTES: Attributes = Object.freeze({})

/** Upstream's attribute processors, one after the other. */
export class ProcessorChain implements AttributeTransform {
  readonly usesContext = true
  readonly #processors: readonly IAttributesProcessor[]
  readonly #onError: (error: unknown) => void

  /** @param onError told of a processor that threw; the measurement then counts without attributes */
  constructor(processors: readonly IAttributesProcessor[], onError: (error: unknown) => void) {
    this.#processors = processors
    this.#onError = onError
  }

  passes(): boolean {
    return false
  }

  apply(attributes: Attributes, context: Context | undefined): Attributes {
    try {
      let processed = attributes
      for (const processor of this.#processors) processed = processor.process(processed, context)
      return processed
    } catch (error) {
      // The processor may have been there to hide something: better no attributes than all.
      this.#onError(error)
      return NO_ATTRIBUTES
    }
  }
}

/** Two transforms, one after the other. */
export class TransformPair implements AttributeTransform {
  readonly usesContext: boolean
  readonly #first: AttributeTransform
  readonly #second: AttributeTransform

  constructor(first: AttributeTransform, second: AttributeTransform) {
    this.usesContext = first.usesContext || second.usesContext
    this.#first = first
    this.#second = second
  }

  passes(attributes: Attributes): boolean {
    return this.#first.passes(attributes) && this.#second.passes(attributes)
  }

  apply(attributes: Attributes, context: Context | undefined): Attributes {
    return this.#second.apply(this.#first.apply(attributes, context), context)
  }
}
