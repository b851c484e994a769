import { type Clock, logger } from '@vr/otel-metrics/internal'
import { histogramQuantile } from './histogram-quantile.ts'
import { MetricWindow, type WindowIncrease, type WindowOptions } from './metric-window.ts'
import type { FamilyReading, SnapshotSource } from './snapshot-source.ts'

/** Number of windows at most; beyond, the one that was not read for the longest time is removed. */
const MAX_WINDOWS = 64

/** Longest window, in seconds. */
const MAX_SECONDS = 3600

/** Shortest time until the next sample, in milliseconds. */
const MIN_DELAY_MS = { ok: 50, failed: 1000 }

/** How long samples of a window are taken after its last read, in milliseconds and in lengths of the window. */
const UNUSED = { ms: 300_000, lengths: 3 }

/**
 * Reads rates and quantiles over the last seconds. A window starts with its first read; samples are taken by one timer, which does
 * not keep the process alive and stops when no window is read any more.
 */
export class WindowedReads {
  readonly #source: Pick<SnapshotSource, 'read'>
  readonly #clock: Clock
  readonly #windows = new Map<string, { readonly window: MetricWindow; readonly seconds: number }>()
  #cancelTimer: (() => void) | undefined
  #isStopped = false
  #hasWarned = false

  constructor(source: Pick<SnapshotSource, 'read'>, clock: Clock) {
    this.#source = source
    this.#clock = clock
  }

  /** Returns the increase per second of a counter, or of the count of a histogram, added over the series. */
  async rate(options: WindowOptions): Promise<number | undefined> {
    const window = await this.#read(options)
    const increase = window?.increase.get('+Inf')
    return window === undefined || increase === undefined ? undefined : increase / window.seconds
  }

  /** Returns the quantile of a histogram, of which the buckets are added over the series. */
  async quantile(options: WindowOptions, q: number): Promise<number | undefined> {
    const window = await this.#read(options)
    return window && histogramQuantile(q, window.increase)
  }

  /** Removes all windows and stops the timer. */
  stop(): void {
    this.#isStopped = true
    this.#windows.clear()
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  /** @throws Error of the collection */
  async #read(options: WindowOptions): Promise<WindowIncrease | undefined> {
    const { seconds } = options
    if (this.#isStopped) return undefined
    if (!(seconds >= 1 && seconds <= MAX_SECONDS)) {
      logger.warn(`rate() and quantile() need a window between 1 and ${MAX_SECONDS} seconds; got ${seconds}`)
      return undefined
    }
    const window = this.#windowOf(options)
    window.lastReadAt = this.#clock.now()
    const reading = await this.#source.read()
    this.#add(reading)
    this.#schedule()
    return window.read(reading.at)
  }

  #windowOf(options: WindowOptions): MetricWindow {
    const { name, seconds, labels } = options
    const key = JSON.stringify([name, seconds, Object.entries(labels).sort()])
    const known = this.#windows.get(key)
    this.#windows.delete(key)
    const entry = known ?? { window: new MetricWindow(options, this.#clock.now()), seconds }
    this.#windows.set(key, entry) // in the order of their last reads
    if (this.#windows.size > MAX_WINDOWS) this.#removeOldest()
    return entry.window
  }

  #removeOldest(): void {
    const [oldest] = this.#windows.keys()
    if (oldest !== undefined) this.#windows.delete(oldest)
    if (this.#hasWarned) return
    this.#hasWarned = true
    logger.warn(
      `rate() and quantile() are called for more than ${MAX_WINDOWS} different names, labels or windows; those that were not read for the longest time start again`,
    )
  }

  /** Every reading is added to all windows, so that they need few samples of their own. */
  #add(reading: FamilyReading): void {
    for (const { window } of this.#windows.values()) window.add(reading)
  }

  /** Schedules the next sample, if there is a window. */
  #schedule(minDelayMs = MIN_DELAY_MS.ok): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const now = this.#clock.now()
    for (const [key, { window, seconds }] of this.#windows) {
      const unusedMs = Math.max(UNUSED.ms, UNUSED.lengths * seconds * 1000)
      if (now - window.lastReadAt > unusedMs) this.#windows.delete(key)
    }
    if (this.#windows.size === 0 || this.#isStopped) return
    const dueAt = Math.min(...[...this.#windows.values()].map(({ window }) => window.dueAt))
    this.#cancelTimer = this.#clock.after(Math.max(minDelayMs, dueAt - now), () => void this.#sample(), false)
  }

  async #sample(): Promise<void> {
    try {
      this.#add(await this.#source.read())
      this.#schedule()
    } catch (error) {
      logger.debug(`rate() and quantile() have no sample: the metrics could not be collected: ${error}`)
      this.#schedule(MIN_DELAY_MS.failed)
    }
  }
}
