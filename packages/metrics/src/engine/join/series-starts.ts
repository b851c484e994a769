import type { Labels } from '../family.ts'

/** Start of a cumulative series. */
export interface SeriesStart {
  /** Epoch milliseconds. */
  readonly startMs: number
  /** False if the series had a value when it was found: its start is then the time at which it was found. */
  readonly isStartKnown: boolean
}

interface KnownSeries extends SeriesStart {
  /** Value of a counter, or number of observations of a histogram. */
  readonly total: number
}

interface Source {
  readonly updatedAt: number
  readonly series: ReadonlyMap<string, KnownSeries>
}

/**
 * Start times of cumulative series that were read from expositions. A series starts at its `_created` time. Without one, it starts
 * when it is found. If it appears later than others of its engine, or was reset (its total is lower than before), it starts at the
 * time of the update before.
 */
export class SeriesStarts {
  readonly #sources = new Map<string, Source>()
  readonly #found = new Map<string, Map<string, KnownSeries>>()
  #now = 0

  /** Starts an update, at a time in epoch milliseconds. */
  begin(now: number): void {
    this.#now = now
    this.#found.clear()
  }

  /**
   * Returns the start of a series.
   * @param total value of the counter, or number of observations of the histogram
   * @param created value of `_created`, in seconds
   */
  startOf(name: string, labels: Labels, total: number, created: number | undefined): SeriesStart {
    const source = sourceOf(labels)
    const key = seriesKey(name, labels)
    const start =
      created === undefined ? this.#find(source, key, total) : { startMs: created * 1000, isStartKnown: true }
    const series = this.#found.get(source) ?? new Map<string, KnownSeries>()
    this.#found.set(source, series.set(key, { ...start, total }))
    return start
  }

  /**
   * Ends an update, and forgets the series that an engine no longer has. Those of an engine without any series stay: it does not
   * answer now.
   */
  end(): void {
    for (const [source, series] of this.#found) this.#sources.set(source, { updatedAt: this.#now, series })
  }

  #find(source: string, key: string, total: number): SeriesStart {
    const before = this.#sources.get(source)
    if (before === undefined) return { startMs: this.#now, isStartKnown: false }
    const known = before.series.get(key)
    return known !== undefined && total >= known.total
      ? { startMs: known.startMs, isStartKnown: known.isStartKnown }
      : { startMs: before.updatedAt, isStartKnown: true }
  }
}

/** Returns a text that identifies a series among those of all engines. */
export function seriesKey(name: string, labels: Labels): string {
  return JSON.stringify([name, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))])
}

/** The engine that a series belongs to. */
const sourceOf = (labels: Labels): string => labels['upstream'] ?? ''
