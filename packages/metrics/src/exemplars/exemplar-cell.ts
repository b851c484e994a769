import { type Attributes, type Context, TraceFlags, trace } from '@opentelemetry/api'
import { millisToHrTime } from '../series/hr-time.ts'
import type { Exemplar } from './exemplar.ts'

/** A measurement held by a reservoir: ids and a copy of the attributes, never the context. */
export class ExemplarCell {
  readonly #value: number
  readonly #timestamp: number
  readonly #attributes: Attributes
  readonly #traceId: string | undefined
  readonly #spanId: string | undefined

  constructor(value: number, now: () => number, attributes: Attributes, context: Context) {
    const span = trace.getSpanContext(context)
    const isSampled = span !== undefined && (span.traceFlags & TraceFlags.SAMPLED) !== 0
    this.#value = value
    this.#timestamp = now()
    this.#attributes = Object.isFrozen(attributes) ? attributes : { ...attributes }
    // An unsampled span is exported nowhere: its ids would lead to nothing.
    this.#traceId = isSampled ? span.traceId : undefined
    this.#spanId = isSampled ? span.spanId : undefined
  }

  /** The exemplar for a data point with these attributes. */
  toExemplar(pointAttributes: Attributes): Exemplar {
    const exemplar = {
      filteredAttributes: withoutThose(this.#attributes, pointAttributes),
      value: this.#value,
      timestamp: millisToHrTime(this.#timestamp),
    }
    if (this.#traceId === undefined || this.#spanId === undefined) return exemplar
    return { ...exemplar, spanId: this.#spanId, traceId: this.#traceId }
  }
}

function withoutThose(attributes: Attributes, pointAttributes: Attributes): Attributes {
  const filtered = Object.entries(attributes).filter(
    ([key, value]) => value !== undefined && !Object.hasOwn(pointAttributes, key),
  )
  return Object.fromEntries(filtered)
}
