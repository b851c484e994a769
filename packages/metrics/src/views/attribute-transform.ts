import type { Attributes, Context } from '@opentelemetry/api'
import type { IAttributesProcessor } from '@opentelemetry/sdk-metrics'

/** What a view makes of the attributes of a measurement before they name a series. */
export interface AttributeTransform {
  /** Whether the result may depend on the context, so that nothing may be remembered. */
  readonly usesContext: boolean
  /**
   * @param attributes as given; not changed
   * @param context of synchronous measurements; undefined for observed ones
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
