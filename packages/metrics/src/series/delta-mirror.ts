import type { Attributes, Context } from '@opentelemetry/api'
import type { AggregationStorage, PointValue } from './aggregation-storage.ts'
import type { SeriesTable } from './series-table.ts'
import type { WireValues } from './wire-values.ts'

/** A cumulative stream that gets the measurements of a delta stream. */
interface CumulativeStream {
  readonly table: SeriesTable
  /** Adds a value without an exemplar. */
  addValue(slot: number, value: number): void
}

/** Passes the measurements of a delta stream to a cumulative stream, in which a series has another slot. */
export class DeltaMirror {
  readonly #stream: CumulativeStream
  readonly #attributesOf: (slot: number) => Attributes
  /** Slots of the cumulative stream, by slot of the delta stream in the current interval. */
  #slots = new Map<number, number>()

  /** @param attributesOf attributes of a slot of the delta stream in the current interval */
  constructor(stream: CumulativeStream, attributesOf: (slot: number) => Attributes) {
    this.#stream = stream
    this.#attributesOf = attributesOf
  }

  /** Called when the delta stream starts an interval, in which its slots are new. */
  startInterval(): void {
    this.#slots = new Map()
  }

  /** Returns storage that adds to `storage`, of the delta stream, and to the cumulative stream. */
  wrap(storage: AggregationStorage): AggregationStorage {
    return new MirroredStorage(storage, (slot, value) =>
      this.#stream.addValue(this.#slots.get(slot) ?? this.#locate(slot), value),
    )
  }

  /** Offers a measurement that passed the exemplar filter to the cumulative stream. */
  offer(slot: number, value: number, given: Attributes, context: Context): void {
    this.#stream.table.reservoirs.offer(this.#slots.get(slot) ?? this.#locate(slot), value, given, context)
  }

  #locate(slot: number): number {
    const located = this.#stream.table.slotFor(this.#attributesOf(slot))
    this.#slots.set(slot, located)
    return located
  }
}

/** Storage of a delta stream that passes each value on. */
class MirroredStorage implements AggregationStorage {
  readonly #storage: AggregationStorage
  readonly #pass: (slot: number, value: number) => void

  constructor(storage: AggregationStorage, pass: (slot: number, value: number) => void) {
    this.#storage = storage
    this.#pass = pass
  }

  reserve(count: number): void {
    this.#storage.reserve(count)
  }

  update(slot: number, value: number): void {
    this.#storage.update(slot, value)
    this.#pass(slot, value)
  }

  snapshot(): AggregationStorage {
    return this.#storage.snapshot()
  }

  point(slot: number): PointValue {
    return this.#storage.point(slot)
  }

  write(slot: number, id: number, message: WireValues): void {
    this.#storage.write(slot, id, message)
  }
}
