import type { Exemplar } from '../exemplars/exemplar.ts'
import { bucketIndex } from '../series/bucket-index.ts'
import { millisToHrTime } from '../series/hr-time.ts'
import type { WireExemplar } from './messages.ts'
import { fromWire } from './metric-key.ts'

/** Maximum number of exemplars of a series without explicit buckets: that of sdk-metrics for exponential histograms. */
const MAX_EXPONENTIAL = 20

/** An exemplar of a merged series. */
export interface MergedExemplar {
  readonly bucket: number
  /** As it was received; the id of the series is that of the sender. */
  readonly wire: WireExemplar
  /** Version of the store that added it. */
  readonly version: number
  readonly exported: Exemplar
}

/** The newest exemplar of each series and bucket of one metric. */
export class MergedExemplars {
  readonly #bounds: Float64Array
  readonly #isExponential: boolean
  /** Immutable arrays, so that a collection can read them later. */
  #bySlot: (readonly MergedExemplar[] | undefined)[] = []

  /** @param boundaries empty for other kinds than histograms */
  constructor(boundaries: readonly number[], isExponential: boolean) {
    this.#bounds = Float64Array.from(boundaries)
    this.#isExponential = isExponential
  }

  /** Adds an exemplar, unless the bucket has a newer one. Returns whether it was added. */
  add(slot: number, wire: WireExemplar, version: number): boolean {
    const bucket = this.#isExponential ? 0 : bucketIndex(this.#bounds, fromWire(wire[1]))
    const known = this.#bySlot[slot] ?? []
    const ofBucket = known.filter((exemplar) => exemplar.bucket === bucket)
    if (ofBucket.some((exemplar) => compareExemplars(exemplar.wire, wire) === 0)) return false
    const added = { bucket, wire, version, exported: toExemplar(wire) }
    const limit = this.#isExponential ? MAX_EXPONENTIAL : 1
    const kept = [...ofBucket, added].toSorted((a, b) => compareExemplars(b.wire, a.wire)).slice(0, limit)
    if (!kept.includes(added)) return false
    this.#bySlot[slot] = [...known.filter((exemplar) => exemplar.bucket !== bucket), ...kept]
    return true
  }

  of(slot: number): readonly MergedExemplar[] {
    return this.#bySlot[slot] ?? []
  }

  clear(slot: number): void {
    this.#bySlot[slot] = undefined
  }

  /** Returns the exemplars by slot. Later additions do not change it. */
  snapshot(): readonly (readonly MergedExemplar[] | undefined)[] {
    return this.#bySlot.slice()
  }
}

/** Orders exemplars by time; of those of one millisecond, by their other parts, so that the result does not depend on the order of arrival. */
export function compareExemplars(a: WireExemplar, b: WireExemplar): number {
  if (a[2] !== b[2]) return a[2] - b[2]
  const [partsOfA, partsOfB] = [a, b].map((exemplar) => JSON.stringify(exemplar.slice(1)))
  return partsOfA === partsOfB ? 0 : String(partsOfA) < String(partsOfB) ? -1 : 1
}

function toExemplar([, value, timeMs, traceId, spanId, filteredAttributes]: WireExemplar): Exemplar {
  const exemplar = { filteredAttributes, value: fromWire(value), timestamp: millisToHrTime(timeMs) }
  return traceId === '' ? exemplar : { ...exemplar, traceId, spanId }
}
