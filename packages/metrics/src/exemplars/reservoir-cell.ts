import type { Attributes, Context } from '@opentelemetry/api'
import { readAttributeSet, toAttributes } from '../series/attribute-set.ts'
import { millisToHrTime } from '../series/hr-time.ts'
import { setAttribute } from '../views/set-attribute.ts'
import type { Exemplar } from './exemplar.ts'
import type { ExemplarReservoir } from './reservoir.ts'
import { sampledSpan } from './sampled-span.ts'

/** A measurement kept by a reservoir. Holds the span's ids and a copy of the attributes, not the context. */
export class ReservoirCell {
  readonly #value: number
  readonly #timestamp: number
  readonly #attributes: Attributes
  readonly #traceId: string | undefined
  readonly #spanId: string | undefined

  constructor(value: number, now: () => number, attributes: Attributes, context: Context) {
    const span = sampledSpan(context)
    this.#value = value
    this.#timestamp = now()
    // Drops values that are not attribute values: they would be retained, and break exporters (JSON has no BigInt).
    this.#attributes = toAttributes(readAttributeSet(attributes))
    this.#traceId = span?.traceId
    this.#spanId = span?.spanId
  }

  /** Returns the exemplar for a data point with these attributes. */
  toExemplar(pointAttributes: Attributes): Exemplar {
    const filteredAttributes = withoutPointAttributes(this.#attributes, pointAttributes)
    const value = this.#value
    const timestamp = millisToHrTime(this.#timestamp)
    const [spanId, traceId] = [this.#spanId, this.#traceId]
    if (spanId === undefined || traceId === undefined) return { filteredAttributes, value, timestamp }
    return { filteredAttributes, value, timestamp, spanId, traceId }
  }
}

/**
 * A reservoir of immutable cells. A collection only takes their array in its synchronous part, and creates the
 * exemplars later, in batches.
 */
export interface CellReservoir extends ExemplarReservoir {
  /** Like `collect`, but returns the cells instead of exemplars. The array does not change afterwards. */
  takeCells(): readonly (ReservoirCell | undefined)[]
  /** Returns the cells of the current cycle and does not end it. The array changes with later measurements. */
  peekCells(): readonly (ReservoirCell | undefined)[]
}

/** Whether the reservoir is one of this package, not of the application. */
export function isCellReservoir(reservoir: ExemplarReservoir): reservoir is CellReservoir {
  return 'takeCells' in reservoir
}

/** Returns the exemplars of these cells for a data point with these attributes. */
export function toExemplars(
  cells: readonly (ReservoirCell | undefined)[],
  pointAttributes: Attributes,
): Exemplar[] {
  const exemplars: Exemplar[] = []
  for (const cell of cells) if (cell !== undefined) exemplars.push(cell.toExemplar(pointAttributes))
  return exemplars
}

const NO_ATTRIBUTES: Attributes = Object.freeze({})

function withoutPointAttributes(attributes: Attributes, pointAttributes: Attributes): Attributes {
  let filtered = NO_ATTRIBUTES
  for (const key of Object.keys(attributes)) {
    if (Object.hasOwn(pointAttributes, key)) continue
    if (filtered === NO_ATTRIBUTES) filtered = {}
    setAttribute(filtered, key, attributes[key])
  }
  return filtered
}
