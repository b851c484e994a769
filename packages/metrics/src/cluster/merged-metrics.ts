import type { ScopeMetrics } from '@opentelemetry/sdk-metrics'
import { yieldToEventLoop } from '../collect/build-metric.ts'
import { epochNow } from '../real-timers.ts'
import { millisToHrTime } from '../series/hr-time.ts'
import { applyValues } from './apply-values.ts'
import { MergedDefinitions } from './merged-definitions.ts'
import type { MergedMetric } from './merged-metric.ts'
import { MergedSource } from './merged-source.ts'
import type { MetricIdentity, Push } from './messages.ts'
import { metricKey } from './metric-key.ts'
import { buildCumulative, type MetricSnapshot, snapshotMetric } from './metric-snapshot.ts'
import { SeriesIds } from './series-ids.ts'
import { changedSeries, retiredSeries } from './state-pushes.ts'

/** Default cardinality limit (specification metrics/sdk.md "Cardinality limits"). */
const DEFAULT_LIMIT = 2_000

/** Number of folded sources whose keys are refused. */
const MAX_FOLDED = 1_024

/** Values of sources that are merged before a collection yields to the event loop: about 2 ms for histograms. */
const VALUES_PER_TURN = 10_000

/** Options of {@link MergedMetrics}. */
export interface MergedMetricsOptions {
  /** Number of series per metric besides the overflow series `otel.metric.overflow: true`. Default 2000. */
  readonly cardinalityLimit?: number
  /** Returns the time in epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number
}

/** Pushes that bring a replica up to date. */
export interface StateChanges {
  /** Version of the replica after it has applied all pushes. */
  readonly version: number
  /**
   * At least one message, each at most `MAX_MESSAGE_BYTES` as JSON. They are created while they are read, and can be read once. If
   * the store changes meanwhile, they can contain newer values than `version`; the changes since `version` contain these again.
   */
  readonly pushes: Iterable<Push>
}

/**
 * The metrics of several processes ("sources"), merged. Counters and histograms are added, and include ended sources; gauges and
 * sums that can fall are merged by their rule over the sources that are neither ended nor stale. A merged value that is monotonic
 * never falls. With a single source, it is a replica of another store.
 *
 * The methods never throw. Memory is bounded by the number of metrics, the cardinality limit and the number of open sources.
 */
export class MergedMetrics {
  readonly #now: () => number
  readonly #ids = new SeriesIds()
  readonly #sources = new Map<string, MergedSource>()
  readonly #metrics: MergedDefinitions
  readonly #folded = new Set<string>()
  #version = 0
  #hasNewChanges = false
  #stamp = 0

  constructor({ cardinalityLimit = DEFAULT_LIMIT, now = epochNow }: MergedMetricsOptions = {}) {
    this.#metrics = new MergedDefinitions(Math.max(1, Math.trunc(cardinalityLimit)), this.#ids)
    this.#now = now
  }

  /** Increases after changes. 0: no values. */
  get version(): number {
    return this.#hasNewChanges ? this.#version + 1 : this.#version
  }

  /** Number of definitions of metrics that were rejected, because another one of this name has another kind, unit or bounds, or there are too many. */
  get conflicts(): number {
    return this.#metrics.rejected
  }

  /** Returns the metric with this name in this scope. */
  find(identity: Pick<MetricIdentity, 'scope' | 'name'>): MergedMetric | undefined {
    return this.#metrics.find(identity)
  }

  /** Returns an open source. */
  source(source: string): MergedSource | undefined {
    return this.#sources.get(source)
  }

  /**
   * Adds a source. If it is open already, it has a new connection: its ids are void, its gauges are removed, and it will push
   * everything again.
   *
   * @param worker value of the label `worker` of gauges with the rule `by_worker`
   * @returns false if the source was folded: it must not be added again, because its values would count twice
   */
  open(source: string, worker: string): boolean {
    if (this.#folded.has(source)) return false
    const known = this.#sources.get(source)
    if (known === undefined) this.#sources.set(source, new MergedSource(worker))
    else known.reconnect()
    this.#hasNewChanges = true
    return true
  }

  /** Applies a validated push, and marks the source as live. Ignores values if a newer push was applied. */
  apply(source: string, push: Push): void {
    const known = this.#sources.get(source)
    if (known === undefined) return
    this.markLive(source)
    this.#hasNewChanges ||= !isHeartbeat(push)
    const version = this.#version + 1
    for (const [id, identity] of push.metrics ?? []) this.#define(known, id, identity, version)
    for (const [id, metric, attributes, startMs] of push.series ?? [])
      known.defineSeries(id, metric, attributes, startMs, version)
    if (push.sequence < known.sequence) return
    if (push.sequence > known.sequence) {
      this.#stamp += 1
      known.stamp = this.#stamp
    }
    known.sequence = push.sequence
    applyValues(known, push)
    for (const exemplar of push.exemplars ?? []) {
      const series = known.series(exemplar[0])
      series?.metric.addExemplar(series.column.slotOf(series.row), exemplar, version)
    }
    for (const id of push.removed ?? []) known.removeSeries(id, version)
  }

  /**
   * Forgets metrics, with the values of ended sources, whose definitions only ended sources had, if an open source has a conflicting
   * definition: after a rolling restart that changes the bounds of a histogram, the new ones are used.
   *
   * @returns the sources that have to define their metrics again
   */
  forgetConflicts(): string[] {
    return [...this.#sources].flatMap(([key, { rejected }]) => (this.#forget(rejected.values()) ? [key] : []))
  }

  /** Forgets metrics that conflict with these, and of which no source has a series. */
  prepareFor(identities: readonly MetricIdentity[]): void {
    this.#forget(identities)
  }

  /** Ignores the gauges of the source until it is live again. */
  markStale(source: string): void {
    this.#setStale(source, true)
  }

  /** Ends {@link markStale}. */
  markLive(source: string): void {
    this.#setStale(source, false)
  }

  /** Removes the gauges of a source that has ended. Its counters count, and so do later pushes. */
  end(source: string): void {
    const known = this.#sources.get(source)
    if (known === undefined) return
    known.isEnded = true
    known.removeGauges()
    this.#hasNewChanges = true
  }

  /** Adds the counters and histograms of the source to those of all ended sources, and forgets the source. */
  fold(source: string): void {
    const known = this.#sources.get(source)
    if (known === undefined) return
    this.end(source)
    for (const [metric, column] of known.columns)
      column.forEachRow((row) => metric.retire(column, row, this.#version + 1))
    this.discard(source)
    this.#folded.add(source)
    const [oldest] = this.#folded
    if (this.#folded.size > MAX_FOLDED && oldest !== undefined) this.#folded.delete(oldest)
  }

  /**
   * Forgets a source without its values. Counters and histograms keep their merged values until the values of other sources exceed
   * them. For a replica that gets the state of another aggregator.
   */
  discard(source: string): void {
    this.#sources.get(source)?.removeAll()
    this.#sources.delete(source)
    this.#hasNewChanges = true
  }

  /**
   * Returns the changes since a version as pushes for a replica. Needs no memory of earlier calls: metrics and series that the
   * replica may not have are defined again. With version 0, returns the whole state.
   */
  changesSince(version: number): StateChanges {
    this.#mergeAll()
    const pushes = changedSeries(this.#metrics.values(), this.#ids, version, this.#version)
    return { version: this.#version, pushes }
  }

  /**
   * Returns the counters and histograms of ended sources that changed since a version, as pushes for a process that may have to
   * replace this one. The successor opens a source, applies the pushes, and folds it.
   *
   * @param including sources whose values are added: they will end together with this process
   */
  retiredSince(
    version: number,
    including: readonly string[] = [],
  ): StateChanges & { readonly pushes: readonly Push[] } {
    this.#mergeAll()
    const sources = including.flatMap((source) => this.#sources.get(source) ?? [])
    const pushes = retiredSeries(this.#metrics.values(), sources, version, this.#version)
    return { version: this.#version, pushes: [...pushes] }
  }

  /** Returns the merged metrics, cumulative and with exemplars. Yields to the event loop after some milliseconds. Never rejects. */
  async collect(): Promise<ScopeMetrics[]> {
    return buildCumulative(await this.snapshot(), millisToHrTime(this.#now()))
  }

  /** Merges all changes, in slices, and returns a consistent copy of the merged values. */
  async snapshot(): Promise<MetricSnapshot[]> {
    await this.merge()
    this.#mergeAll()
    return [...this.#metrics.values()].map(snapshotMetric)
  }

  /** Merges the changes until now in slices, between which the event loop handles other events. */
  async merge(): Promise<void> {
    let remaining = VALUES_PER_TURN
    for (const metric of this.#metrics.values()) {
      while (metric.hasChanges) {
        remaining -= metric.mergeChanges(this.#version + 1, remaining)
        if (remaining > 0) continue
        await yieldToEventLoop()
        remaining = VALUES_PER_TURN
      }
    }
  }

  #forget(identities: Iterable<MetricIdentity>): boolean {
    let isAnyAccepted = false
    for (const identity of identities)
      isAnyAccepted = this.#metrics.forgetConflict(identity, this.#version + 1) || isAnyAccepted
    this.#hasNewChanges ||= isAnyAccepted
    return isAnyAccepted
  }

  #define(source: MergedSource, id: number, identity: MetricIdentity, version: number): void {
    const metric = this.#metrics.define(identity, version)
    source.defineMetric(id, metric)
    const isConflict = metric === undefined && this.#metrics.find(identity) !== undefined
    if (isConflict) source.rejected.set(metricKey(identity), identity)
  }

  #mergeAll(): void {
    for (const metric of this.#metrics.values())
      metric.mergeChanges(this.#version + 1, Number.POSITIVE_INFINITY)
    if (this.#hasNewChanges) this.#version += 1
    this.#hasNewChanges = false
  }

  #setStale(source: string, isStale: boolean): void {
    const known = this.#sources.get(source)
    if (known === undefined || known.isStale === isStale) return
    known.isStale = isStale
    known.markGaugesChanged()
    this.#hasNewChanges = true
  }
}

/** Whether a push has no content. */
function isHeartbeat({ type, sequence, ...content }: Push): boolean {
  return Object.values(content).every((part) => part.length === 0)
}
