import { logger } from '../logger.ts'
import { epochNow, monotonicNow } from '../real-timers.ts'
import { millisToHrTime } from '../series/hr-time.ts'
import type { ObservationBuffer } from '../series/observation-buffer.ts'
import type { ObservedStream } from '../series/observed-stream.ts'
import type { SyncStream } from '../series/sync-stream.ts'
import type { CallbackRegistry, Observations } from './callback-registry.ts'
import type { StreamListener } from './change-reader.ts'
import { observationsByStream } from './observations-by-stream.ts'
import type { StreamChanges, TrackedMetric } from './tracked-metric.ts'
import { TrackedObservations } from './tracked-observations.ts'
import { TrackedRecords } from './tracked-records.ts'

/** Default time limit of an asynchronous callback, in milliseconds. */
const CALLBACK_TIMEOUT_MS = 5_000

/** Number of series of a metric, no longer observed, from which the index of its series is replaced. */
const MAX_REMOVED_SERIES = 256

/** An asynchronous stream with the series that it had at the last collection. */
interface ObservedMetric {
  readonly stream: ObservedStream
  /** The stream whose observations `stream` gets. */
  readonly source: ObservedStream
  readonly metric: TrackedMetric
  tracked: TrackedObservations
}

/**
 * Finds the series of a provider that changed since they were last taken; their values are cumulative. A provider without a tracker
 * has no cost. With one, a record marks its series, and taking the changes costs only the changed series.
 */
export class ChangeTracker implements StreamListener {
  /**
   * Called for the first change after `takeChanges`, synchronously in the measurement or observation. Errors are logged once.
   */
  onChange: (() => void) | undefined
  readonly #records: TrackedRecords[] = []
  readonly #observed: ObservedMetric[] = []
  #changed: (TrackedRecords | TrackedObservations)[] = []
  #meters: ReadonlyMap<string, { readonly callbacks: CallbackRegistry }> = new Map()
  #now: () => number = epochNow
  #observation: Promise<void> | undefined
  #hasReportedError = false

  constructor(onChange?: () => void) {
    this.onChange = onChange
  }

  /** Called by the provider whose meters are tracked. `now` returns epoch milliseconds. */
  connect(meters: ReadonlyMap<string, { readonly callbacks: CallbackRegistry }>, now: () => number): void {
    this.#meters = meters
    this.#now = now
  }

  /** Called by the provider for each synchronous stream. */
  addSyncStream(stream: SyncStream, metric: TrackedMetric): void {
    const records: TrackedRecords = new TrackedRecords(
      stream,
      metric,
      () => this.#markChanged(records),
      monotonicNow,
    )
    this.#records.push(records)
    records.markAll()
  }

  /** Called by the provider for each asynchronous stream. */
  addObservedStream(stream: ObservedStream, metric: TrackedMetric, source: ObservedStream): void {
    this.#observed.push({ stream, source, metric, tracked: this.#trackObservations(metric) })
  }

  /** Whether series changed since the last take. */
  get hasChanges(): boolean {
    return this.#changed.length > 0
  }

  /**
   * Returns the changes since the last take. Their values must be read before the next measurement.
   * @param exemplars whether to include the series that may have new exemplars
   */
  takeChanges(exemplars = false): readonly StreamChanges[] {
    const changed = this.#changed
    this.#changed = []
    const changes: StreamChanges[] = []
    for (const series of changed) {
      if (!exemplars || series instanceof TrackedObservations) changes.push(series.take())
    }
    if (exemplars) {
      for (const records of this.#records) {
        const taken = records.takeWithExemplars()
        if (taken.slots.length + taken.withExemplars.length > 0) changes.push(taken)
      }
    }
    return changes
  }

  /** Marks all series as changed, with all their exemplars, for a receiver that has none. */
  markAll(): void {
    for (const records of this.#records) records.markAll()
    for (const { tracked } of this.#observed) tracked.markAll()
  }

  /**
   * Runs the callbacks of the asynchronous instruments, and marks the series whose values changed. Concurrent calls share one run.
   * Never rejects.
   * @param timeoutMillis time limit of each asynchronous callback. Default 5000
   */
  observe(timeoutMillis: number = CALLBACK_TIMEOUT_MS): Promise<void> {
    this.#observation ??= this.#observe(timeoutMillis).finally(() => {
      this.#observation = undefined
    })
    return this.#observation
  }

  /** Like `observe`, when the process exits: synchronous, ignores promises, and removes no series. Never throws. */
  observeSync(): void {
    this.#update(
      [...this.#meters.values()].map(({ callbacks }) => callbacks.observeSync()),
      false,
    )
  }

  async #observe(timeoutMillis: number): Promise<void> {
    const meters = [...this.#meters.values()]
    const observed = await Promise.all(meters.map(({ callbacks }) => callbacks.observe(timeoutMillis)))
    this.#update(observed, true)
  }

  #update(observed: readonly Observations[], isComplete: boolean): void {
    const buffers: ReadonlyMap<ObservedStream, ObservationBuffer[]> = observationsByStream(observed)
    const endTime = millisToHrTime(this.#now())
    for (const metric of this.#observed) {
      const snapshot = metric.stream.collect(buffers.get(metric.source) ?? [], endTime)
      metric.tracked.update(snapshot, isComplete)
      if (metric.tracked.size <= 2 * metric.tracked.liveCount + MAX_REMOVED_SERIES) continue
      metric.tracked.clear()
      metric.tracked = this.#trackObservations(metric.metric)
      metric.tracked.update(snapshot, isComplete)
    }
  }

  #trackObservations(metric: TrackedMetric): TrackedObservations {
    const observations: TrackedObservations = new TrackedObservations(metric, () =>
      this.#markChanged(observations),
    )
    return observations
  }

  #markChanged(series: TrackedRecords | TrackedObservations): void {
    // Records call once per take; observations also call for each update that removes series.
    if (series instanceof TrackedObservations && this.#changed.includes(series)) return
    if (this.#changed.push(series) === 1) this.#callListener()
  }

  #callListener(): void {
    try {
      this.onChange?.()
    } catch (error) {
      if (!this.#hasReportedError) logger.error('a listener of metric changes failed', error)
      this.#hasReportedError = true
    }
  }
}
