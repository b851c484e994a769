import type { Attributes, HrTime } from '@opentelemetry/api'
import { AttributeIndex } from '../series/attribute-index.ts'
import { ChangedSlots } from '../series/changed-slots.ts'
import { LastValueStorage } from '../series/last-value-storage.ts'
import type { StreamSnapshot } from '../series/stream-snapshot.ts'
import type { StreamChanges, TrackedMetric, TrackedSeries } from './tracked-metric.ts'

const NO_SLOTS: readonly never[] = []

/** The series of one asynchronous metric, by slots that stay the same in all collections. */
export class TrackedObservations implements TrackedSeries {
  readonly metric: TrackedMetric
  sent: TrackedSeries['sent']
  readonly storage = new LastValueStorage()
  readonly starts: HrTime[] = []
  readonly #index = new AttributeIndex()
  readonly #changes: ChangedSlots
  /** Slots observed in the last complete collection or later. */
  #live = new Set<number>()
  #removed = new Set<number>()
  readonly #onChange: () => void

  /** @param onChange called for the first change after a take; must not throw */
  constructor(metric: TrackedMetric, onChange: () => void) {
    this.metric = metric
    this.#onChange = onChange
    this.#changes = new ChangedSlots(onChange)
  }

  get attributes(): readonly Attributes[] {
    return this.#index.sets
  }

  /** Number of series that have ever been observed. */
  get size(): number {
    return this.starts.length
  }

  /** Number of series that are observed now. */
  get liveCount(): number {
    return this.#live.size
  }

  /** Observations have no span, and each collection would have new exemplars. */
  newExemplars(): readonly never[] {
    return []
  }

  /**
   * Marks the series whose value or start differs.
   * @param isComplete whether series that are not in the snapshot are no longer observed
   */
  update(snapshot: StreamSnapshot, isComplete: boolean): void {
    const observed = new Set<number>()
    for (let i = 0; i < snapshot.size; i += 1) {
      const slot = this.#index.locate(snapshot.attributes[i] ?? {}, Number.POSITIVE_INFINITY)
      observed.add(slot)
      this.#set(slot, snapshot.storage.point(i) as number, snapshot.starts[i] ?? snapshot.endTime)
    }
    if (isComplete) this.#removeOthers(observed)
  }

  /** Removes all series. */
  clear(): void {
    this.#removeOthers(new Set())
  }

  /** Marks all series that are observed now. */
  markAll(): void {
    for (const slot of this.#live) this.#changes.mark(slot)
  }

  take(): StreamChanges {
    const removed = [...this.#removed]
    this.#removed = new Set()
    const slots = this.#changes.take().filter((slot) => this.#live.has(slot))
    return { series: this, slots, removed, withExemplars: NO_SLOTS }
  }

  #set(slot: number, value: number, start: HrTime): void {
    const known = this.starts[slot]
    const isSameStart = known !== undefined && known[0] === start[0] && known[1] === start[1]
    if (this.#live.has(slot) && isSameStart && Object.is(this.storage.point(slot), value)) return
    this.starts[slot] = start
    this.storage.reserve(slot + 1)
    this.storage.update(slot, value)
    this.#live.add(slot)
    this.#changes.mark(slot)
  }

  #removeOthers(observed: ReadonlySet<number>): void {
    for (const slot of this.#live) {
      if (observed.has(slot)) continue
      this.#live.delete(slot)
      this.#removed.add(slot)
    }
    if (this.#removed.size > 0) this.#onChange()
  }
}
