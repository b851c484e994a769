import type { Attributes, Context } from '@opentelemetry/api'
import type { AttributeTransform, BoundAttributes } from '../views/attribute-transform.ts'
import { readAttributeSet, toAttributes } from './attribute-set.ts'
import type { SyncStream } from './sync-stream.ts'

/**
 * The streams of an instrument that have the same attribute processing. It runs once per measurement, independent of
 * the number of readers.
 */
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

  /** Records a valid value. */
  record(value: number, attributes: Attributes, context: Context | undefined): void {
    const { transform } = this
    const seriesAttributes =
      transform === undefined ? attributes : this.#transformed(transform, attributes, context)
    for (const stream of this.streams) stream.record(value, seriesAttributes, attributes, context)
  }

  /** Evaluates the attribute processing for all measurements of a bound handle. Never throws. */
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
      // A getter or proxy of the application threw: use the attributes that can be read.
      return transform.apply(toAttributes(readAttributeSet(attributes)), active)
    }
  }
}
