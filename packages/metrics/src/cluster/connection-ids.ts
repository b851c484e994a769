import type { TrackedMetric, TrackedSeries } from '../collect/tracked-metric.ts'

/** The ids of metrics and series on one connection. */
export class ConnectionIds {
  readonly #metrics = new Map<TrackedMetric, number>()
  #free: number[] = []
  #released: number[] = []
  #next = 0

  metricId(metric: TrackedMetric): number | undefined {
    return this.#metrics.get(metric)
  }

  /** Returns a new id, the next number. */
  addMetric(metric: TrackedMetric): number {
    const id = this.#metrics.size
    this.#metrics.set(metric, id)
    return id
  }

  /** Takes back the metric that was added last. */
  removeLastMetric(metric: TrackedMetric): void {
    this.#metrics.delete(metric)
  }

  /** Returns the ids of these series by slot, for look-ups. Undefined for series that are not defined on the connection. */
  idsOf(series: TrackedSeries): (number | undefined)[] {
    if (series.sent?.connection === this) return series.sent.ids
    const ids: (number | undefined)[] = []
    series.sent = { connection: this, ids }
    return ids
  }

  /** Returns a new id: a free one, or the next number. */
  addSeries(): number {
    const free = this.#free.pop()
    if (free !== undefined) return free
    this.#next += 1
    return this.#next - 1
  }

  /** Makes an id free from the next push on. */
  release(id: number): void {
    this.#released.push(id)
  }

  /** Starts the next push: released ids are free now. */
  startPush(): void {
    if (this.#released.length === 0) return
    this.#free.push(...this.#released)
    this.#released = []
  }
}
