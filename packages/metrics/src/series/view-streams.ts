import type { Attributes, Context } from '@opentelemetry/api'
import type { AttributeTransform, BoundAttributes } from '../views/attribute-transform.ts'
import { readAttributeSet, toAttributes } from './attribute-set.ts'
import type { SyncStream } from './sync-stream.ts'

/** The streams that one view makes of an instrument. The view sees every measurement once, however many readers. */
export class ViewStreams {
  readonly streams: readonly SyncStream[]
  readonly transform: AttributeTransform | undefined
  readonly #activeContext: () => Context

  constructor(
    streams: readonly SyncStream[],
    transform: AttributeTransform | undefined,
    activeContext: () => Context,
  ) {
    this.streams = streams
    this.transform = transform
    this.#activeContext = activeContext
  }

  /** One measurement that is valid for the instrument. */
  record(value: number, attributes: Attributes, context: Context | undefined): void {
    const { transform } = this
    const kept = transform === undefined ? attributes : this.#transformed(transform, attributes, context)
    for (const stream of this.streams) stream.record(value, kept, attributes, context)
  }

  /** What the view makes of the attributes of a bound handle, evaluated now for all its measurements. Never throws. */
  bind(attributes: Attributes): BoundAttributes {
    const { transform } = this
    if (transform === undefined) return { attributes, onRecord: undefined }
    return transform.bind(attributes, transform.usesContext ? this.#activeContext() : undefined)
  }

  #transformed(
    transform: AttributeTransform,
    attributes: Attributes,
    context: Context | undefined,
  ): Attributes {
    const active = transform.usesContext ? (context ?? this.#activeContext()) : undefined
    try {
      return transform.apply(attributes, active)
    } catch {
      // A getter or a proxy of the application threw: what can be read counts.
      return transform.apply(toAttributes(readAttributeSet(attributes)), active)
    }
  }
}
