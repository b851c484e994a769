import type { CollectedFamily } from '@vr/otel-exporters'
import { hasLabels } from './filter-series.ts'
import type { FamilyReading } from './snapshot-source.ts'

/** Cumulative values of one series at one time: those of its buckets by `le`, or that of a counter as `+Inf`. */
export type CumulativeValues = Readonly<Record<string, number>>

interface KnownSeries {
  readonly values: CumulativeValues
  readonly startMs: number | undefined
  /** When the series was read last, in milliseconds of the monotonic clock. */
  readonly readAt: number
}

/**
 * Adds up by how much the series of one counter or histogram increase from reading to reading.
 *
 * - A series is reset if a value of it is lower than before, or if it started after the previous reading: all of its values count.
 * - A series without an earlier reading counts only if it started after the previous reading. Otherwise its values are older, by an
 *   unknown time.
 * - A series that is missing counts nothing. If it returns, it counts since its last reading.
 */
export class FamilyIncrease {
  readonly #labels: Readonly<Record<string, string>>
  readonly #retainMs: number
  readonly #known = new Map<string, KnownSeries>()
  #previousStartedMs = Number.POSITIVE_INFINITY
  /** Increase since the first reading: of each bucket by `le`, of a counter as `+Inf`. Values are cumulative over buckets. */
  totals: ReadonlyMap<string, number> = new Map()
  /** Whether the last reading had a series. */
  isPresent = false

  /**
   * @param labels labels that a series must have
   * @param retainMs how long a missing series is remembered
   */
  constructor(labels: Readonly<Record<string, string>>, retainMs: number) {
    this.#labels = labels
    this.#retainMs = retainMs
  }

  /** Adds the increase of the family since the previous reading; `undefined` if the reading does not have it. */
  add(family: CollectedFamily | undefined, { startedMs, at }: Omit<FamilyReading, 'families'>): void {
    const totals = new Map(this.totals)
    this.isPresent = false
    for (const { labels, startMs, values } of seriesOf(family, this.#labels)) {
      this.isPresent = true
      const key = JSON.stringify(Object.entries(labels).sort())
      for (const [le, increase] of this.#increaseOf(this.#known.get(key), startMs, values)) {
        totals.set(le, (totals.get(le) ?? 0) + increase)
      }
      this.#known.set(key, { values, startMs, readAt: at })
    }
    for (const [key, { readAt }] of this.#known) if (readAt < at - this.#retainMs) this.#known.delete(key)
    this.totals = totals
    this.#previousStartedMs = startedMs
  }

  #increaseOf(
    before: KnownSeries | undefined,
    startMs: number | undefined,
    values: CumulativeValues,
  ): readonly [string, number][] {
    const after = Object.entries(values)
    const startedSince = startMs !== undefined && startMs >= this.#previousStartedMs
    if (before === undefined) return startedSince ? after : []
    const isReset = startedSince && startMs > (before.startMs ?? 0)
    if (isReset || after.some(([le, value]) => value < (before.values[le] ?? 0))) return after
    return after.map(([le, value]) => [le, value - (before.values[le] ?? 0)])
  }
}

/** Returns the series with these labels and finite values. Gauges have none: their values are not cumulative. */
function seriesOf(
  family: CollectedFamily | undefined,
  labels: Readonly<Record<string, string>>,
): { labels: Readonly<Record<string, string>>; startMs: number | undefined; values: CumulativeValues }[] {
  if (family === undefined || family.type === 'gauge') return []
  if (family.type === 'histogram') {
    return family.series
      .filter(hasLabels({ labels }))
      .map(({ labels, startMs, buckets }) => ({ labels, startMs, values: buckets }))
  }
  return family.series
    .filter(hasLabels({ labels }))
    .filter(({ value }) => Number.isFinite(value))
    .map(({ labels, startMs, value }) => ({ labels, startMs, values: { '+Inf': value } }))
}
