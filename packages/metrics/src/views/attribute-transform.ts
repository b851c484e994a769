import type { Attributes, Context } from '@opentelemetry/api'
import type { IAttributesProcessor } from '@opentelemetry/sdk-metrics'

/** What a view makes of the attributes of a measurement before they name a series. */
export interface AttributeTransform {
  /** Whether the result may depend on the context. */
  readonly usesContext: boolean

  /**
   * @param attributes as given; not changed
   * @param context of synchronous measurements, if `usesContext`; undefined for observed ones
   * @returns the same object if nothing is to be changed
   */
  apply(attributes: Attributes, context: Context | undefined): Attributes

  /**
   * The same for all measurements of a bound handle.
   *
   * @param attributes no longer changed by anyone
   */
  bind(attributes: Attributes, context: Context | undefined): BoundAttributes
}

/** What a view makes of the attributes of a bound handle. */
export interface BoundAttributes {
  readonly attributes: Attributes
  /** Called for every measurement of the handle, for what the view counts. */
  readonly onRecord: (() => void) | undefined
}

const NO_ATTRIBUTES: Attributes = Object.freeze({})

/** One of upstream's attribute processors. */
export class ProcessorTransform implements AttributeTransform {
  readonly usesContext = true
  readonly #processor: IAttributesProcessor
  readonly #onError: (error: unknown) => void

  /** @param onError told if the processor throws; the measurement then counts without attributes */
  constructor(processor: IAttributesProcessor, onError: (error: unknown) => void) {
    this.#processor = processor
    this.#onError = onError
  }

  apply(attributes: Attributes, context: Context | undefined): Attributes {
    try {
      return this.#processor.process(attributes, context)
    } catch (error) {
      // The processor may have been there to hide something: better no attributes than all.
      this.#onError(error)
      return NO_ATTRIBUTES
    }
  }

  bind(attributes: Attributes, context: Context | undefined): BoundAttributes {
    return { attributes: this.apply(attributes, context), onRecord: undefined }
  }
}

/** Two transforms, one after the other. */
export class TransformSequence implements AttributeTransform {
  readonly usesContext: boolean
  readonly #first: AttributeTransform
  readonly #second: AttributeTransform

  constructor(first: AttributeTransform, second: AttributeTransform) {
    this.usesContext = first.usesContext || second.usesContext
    this.#first = first
    this.#second = second
  }

  apply(attributes: Attributes, context: Context | undefined): Attributes {
    return this.#second.apply(this.#first.apply(attributes, context), context)
  }

  bind(attributes: Attributes, context: Context | undefined): BoundAttributes {
    const first = this.#first.bind(attributes, context)
    const second = this.#second.bind(first.attributes, context)
    return { attributes: second.attributes, onRecord: second.onRecord ?? first.onRecord }
  }
}
