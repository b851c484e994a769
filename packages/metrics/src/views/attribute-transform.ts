import type { Attributes, Context } from '@opentelemetry/api'
import type { IAttributesProcessor } from '@opentelemetry/sdk-metrics'

/** Attribute processing of a view: computes the attributes of the series from those of the measurement. */
export interface AttributeTransform {
  /** Whether the result can depend on the context. */
  readonly usesContext: boolean

  /**
   * @param attributes attributes of the measurement; not modified
   * @param context context of a synchronous measurement if `usesContext`; undefined for observations
   * @returns the same object if nothing changes
   */
  apply(attributes: Attributes, context: Context | undefined): Attributes

  /**
   * Like `apply`, once for all measurements of a bound handle.
   *
   * @param attributes frozen
   */
  bind(attributes: Attributes, context: Context | undefined): BoundAttributes
}

/** Result of the attribute processing for a bound handle. */
export interface BoundAttributes {
  readonly attributes: Attributes
  /** Called for every measurement of the handle, so that the view can count replaced values. */
  readonly onRecord: (() => void) | undefined
}

const NO_ATTRIBUTES: Attributes = Object.freeze({})

/** Runs an attribute processor of the application. */
export class ProcessorTransform implements AttributeTransform {
  readonly usesContext = true
  readonly #processor: IAttributesProcessor
  readonly #onError: (error: unknown) => void

  /** @param onError called if the processor throws; the measurement is then recorded without attributes */
  constructor(processor: IAttributesProcessor, onError: (error: unknown) => void) {
    this.#processor = processor
    this.#onError = onError
  }

  apply(attributes: Attributes, context: Context | undefined): Attributes {
    try {
      return this.#processor.process(attributes, context)
    } catch (error) {
      // The processor may remove confidential attributes, so keep none of them.
      this.#onError(error)
      return NO_ATTRIBUTES
    }
  }

  bind(attributes: Attributes, context: Context | undefined): BoundAttributes {
    return { attributes: this.apply(attributes, context), onRecord: undefined }
  }
}

/** Applies two transforms in sequence. */
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
