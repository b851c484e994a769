import { FamilyIncrease } from './increase.ts'
import type { FamilyReading } from './snapshot-source.ts'

/** Series of which a window is read. */
export interface WindowOptions {
  /** Name of a counter or histogram, with or without `_total`. */
  readonly name: string
  /** Length in seconds. */
  readonly seconds: number
  /** Labels that a series must have. */
  readonly labels: Readonly<Record<string, string>>
}

/** Increase of a family in a window. */
export interface WindowIncrease {
  /** Time between the two readings, in seconds: at least the length of the window. */
  readonly seconds: number
  /** Of each bucket by `le`, cumulative over buckets; of a counter as `+Inf`. */
  readonly increase: ReadonlyMap<string, number>
}

interface Sample {
  readonly at: number
  readonly totals: ReadonlyMap<string, number>
}

/** Number of samples that are kept for the length of a window. */
const SAMPLES = 10

/** Shortest time between two samples, in milliseconds. */
const MIN_INTERVAL_MS = 250

/** A window that is longer than requested by more than this factor is not returned. */
const MAX_STRETCH = 1.5

/** The increase of one family over the last seconds, from samples that are taken at an interval. */
export class MetricWindow {
  /** Time between two samples, in milliseconds. */
  readonly intervalMs: number
  /** When the window was read last, in milliseconds of the monotonic clock. */
  lastReadAt: number
  readonly #name: string
  readonly #lengthMs: number
  readonly #increase: FamilyIncrease
  /** In the order of their times: the newest one that is as old as the window, and all after it. */
  #samples: readonly Sample[] = []

  /** @param now milliseconds of the monotonic clock */
  constructor({ name, seconds, labels }: WindowOptions, now: number) {
    this.lastReadAt = now
    this.#name = name
    this.#lengthMs = seconds * 1000
    this.intervalMs = Math.max(this.#lengthMs / SAMPLES, MIN_INTERVAL_MS)
    this.#increase = new FamilyIncrease(labels, this.#lengthMs * MAX_STRETCH)
  }

  /** When the next sample is due, in milliseconds of the monotonic clock. */
  get dueAt(): number {
    const newest = this.#samples.at(-1)
    return newest === undefined ? 0 : newest.at + this.intervalMs
  }

  /** Adds a reading. It becomes a sample if one is due. */
  add({ families, startedMs, at }: FamilyReading): void {
    const family = families.find(({ name }) => name === this.#name || `${name}_total` === this.#name)
    this.#increase.add(family, { startedMs, at })
    if (at < this.dueAt) return
    const samples = [...this.#samples, { at, totals: this.#increase.totals }]
    const oldest = samples.findLastIndex((sample) => sample.at <= at - this.#lengthMs)
    this.#samples = samples.slice(Math.max(0, oldest))
  }

  /**
   * Returns the increase over the length of the window, until the reading that was added last.
   * @param at time of this reading
   * @returns `undefined` without such a series, and until the samples cover the window
   */
  read(at: number): WindowIncrease | undefined {
    if (!this.#increase.isPresent) return undefined
    const start = this.#samples.findLast((sample) => sample.at <= at - this.#lengthMs)
    if (start === undefined || at - start.at > this.#lengthMs * MAX_STRETCH) return undefined
    const increase = [...this.#increase.totals].map(
      ([le, total]) => [le, total - (start.totals.get(le) ?? 0)] as const,
    )
    return { seconds: (at - start.at) / 1000, increase: new Map(increase) }
  }
}
