import type { Attributes, HrTime } from '@opentelemetry/api'
import { millisToHrTime } from '../series/hr-time.ts'
import { OVERFLOW_ATTRIBUTES } from '../series/series-table.ts'
import { seriesKey } from './metric-key.ts'
import type { SeriesIds } from './series-ids.ts'

/** A series of a merged metric. */
export interface MergedSlot {
  readonly key: string
  readonly attributes: Attributes
  /** Id of the series for replicas. */
  readonly id: number
  /** Earliest start of all sources, in epoch milliseconds. */
  startMs: number
  /** {@link startMs} for data points. */
  start: HrTime
  /** Version of the store at which the merged value changed. */
  version: number
  /** Version of the store at which a value was retired; 0 without retired values. */
  retiredVersion: number
}

const OVERFLOW_KEY = seriesKey(OVERFLOW_ATTRIBUTES)

/** Assigns slots to the series of one merged metric. Slots of removed series are assigned again. */
export class MergedSlots {
  readonly #limit: number
  readonly #ids: SeriesIds
  readonly #slotOfKey = new Map<string, number>()
  readonly #slots: (MergedSlot | undefined)[] = []
  readonly #free: number[] = []

  /** @param limit number of series besides the overflow series */
  constructor(limit: number, ids: SeriesIds) {
    this.#limit = limit
    this.#ids = ids
  }

  /** Number of slots, of which some may be free. */
  get length(): number {
    return this.#slots.length
  }

  get(slot: number): MergedSlot | undefined {
    return this.#slots[slot]
  }

  /**
   * Returns the slot of this series; beyond the limit, that of the overflow series.
   * @param version the next version, at which replicas need an earlier start
   */
  locate(attributes: Attributes, startMs: number, version: number): number {
    const key = seriesKey(attributes)
    const known = this.#slotOfKey.get(key)
    if (known !== undefined) return this.#withStart(known, startMs, version)
    const size = this.#slotOfKey.size - (this.#slotOfKey.has(OVERFLOW_KEY) ? 1 : 0)
    if (key !== OVERFLOW_KEY && size >= this.#limit) return this.locate(OVERFLOW_ATTRIBUTES, startMs, version)
    return this.#add(key, attributes, startMs)
  }

  /** Returns the slot of this series, or of the overflow series; -1 if there is neither. */
  find(attributes: Attributes): number {
    return this.#slotOfKey.get(seriesKey(attributes)) ?? this.#slotOfKey.get(OVERFLOW_KEY) ?? -1
  }

  /** Whether several series can have this slot. */
  isOverflow(slot: number): boolean {
    return this.#slots[slot]?.key === OVERFLOW_KEY
  }

  /** Frees a slot. */
  release(slot: number, version: number): void {
    const released = this.#slots[slot]
    if (released === undefined) return
    this.#slotOfKey.delete(released.key)
    this.#ids.release(released.id, version)
    this.#slots[slot] = undefined
    this.#free.push(slot)
  }

  /** Returns the slots of the series that have a value, in order. */
  visible(): number[] {
    const visible: number[] = []
    for (const [slot, series] of this.#slots.entries())
      if (series !== undefined && this.#ids.isVisible(series.id)) visible.push(slot)
    return visible
  }

  #withStart(slot: number, startMs: number, version: number): number {
    const series = this.#slots[slot]
    if (series !== undefined && startMs < series.startMs) {
      series.startMs = startMs
      series.start = millisToHrTime(startMs)
      if (this.#ids.isVisible(series.id)) this.#ids.show(series.id, version)
    }
    return slot
  }

  #add(key: string, attributes: Attributes, startMs: number): number {
    const slot = this.#free.pop() ?? this.#slots.length
    this.#slotOfKey.set(key, slot)
    this.#slots[slot] = {
      key,
      attributes: frozenCopy(attributes),
      id: this.#ids.assign(),
      startMs,
      start: millisToHrTime(startMs),
      version: 0,
      retiredVersion: 0,
    }
    return slot
  }
}

/** Copies own properties only, so that the key `__proto__` is safe. */
function frozenCopy(attributes: Attributes): Attributes {
  return Object.freeze(Object.fromEntries(Object.entries(attributes)))
}
