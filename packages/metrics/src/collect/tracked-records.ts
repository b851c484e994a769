import type { Attributes, HrTime } from '@opentelemetry/api'
import type { Exemplar } from '../exemplars/exemplar.ts'
import type { AggregationStorage } from '../series/aggregation-storage.ts'
import { ChangedSlots } from '../series/changed-slots.ts'
import { NewExemplars } from '../series/new-exemplars.ts'
import type { SyncStream } from '../series/sync-stream.ts'
import type { StreamChanges, TrackedMetric, TrackedSeries } from './tracked-metric.ts'

const NONE: readonly never[] = []

/** The series of one synchronous metric: those of its cumulative stream. */
export class TrackedRecords implements TrackedSeries {
  readonly metric: TrackedMetric
  sent: TrackedSeries['sent']
  readonly #stream: SyncStream
  readonly #changes: ChangedSlots
  readonly #changedExemplars = new ChangedSlots(() => {})
  readonly #exemplars: NewExemplars | undefined

  /**
   * @param onChange called for the first change after a take; must not throw
   * @param now milliseconds
   */
  constructor(stream: SyncStream, metric: TrackedMetric, onChange: () => void, now: () => number) {
    this.metric = metric
    this.#stream = stream
    const { sampler } = stream.options
    this.#exemplars = sampler && new NewExemplars(sampler, now)
    this.#changes = new ChangedSlots(onChange)
    stream.track(this.#changes, this.#changedExemplars)
  }

  get attributes(): readonly Attributes[] {
    return this.#stream.table.attributes
  }

  get starts(): readonly HrTime[] {
    return this.#stream.table.starts
  }

  get storage(): AggregationStorage {
    return this.#stream.table.storage
  }

  newExemplars(slot: number): readonly Exemplar[] {
    const { table } = this.#stream
    const reservoir = table.reservoirs.reservoirOf(slot)
    if (reservoir === undefined) return NONE
    return this.#exemplars?.read(slot, reservoir, table.attributes[slot] ?? {}) ?? NONE
  }

  /** Marks all series, with all their exemplars. */
  markAll(): void {
    this.#exemplars?.reset()
    this.#stream.markAll()
  }

  take(): StreamChanges {
    return {
      series: this,
      slots: this.#changes.take(),
      removed: NONE,
      withExemplars: NONE,
    }
  }

  /** Whether there are series that may have new exemplars. */
  get hasChangedExemplars(): boolean {
    return this.#changedExemplars.count > 0
  }

  /** Like `take`, with the series that may have new exemplars. Releases the capacity of handles that were garbage collected. */
  takeWithExemplars(): StreamChanges {
    this.#stream.table.releaseUnusedReservations()
    return { ...this.take(), withExemplars: this.#changedExemplars.take() }
  }
}
