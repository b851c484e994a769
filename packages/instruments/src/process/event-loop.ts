import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { LoopDelay } from '../instruments/process-reading.ts'
import { monotonicNow } from '../real-clocks.ts'

/** Bound when this package is loaded, since fake timers of an application replace it. */
const eventLoopUtilization = performance.eventLoopUtilization.bind(performance)

/** Sampling interval of the delay. Each sample wakes the process; ten per second cost about 0.5 ms of CPU per second. */
const SAMPLE_MS = 100

/** Minimum length of a window in milliseconds. Collections that are closer together read the same window. */
const MIN_WINDOW_MS = 1000

/** Delay and utilization of the event loop in one window of time. */
interface Window {
  /** `undefined` before the first sample. */
  readonly delay: LoopDelay | undefined
  /** Share of the time in which the loop was active, from 0 to 1. */
  readonly utilization: number
}

/** Sources of the values, which a test may replace. */
export interface EventLoopSources {
  /** A monotonic clock in milliseconds. */
  readonly now: () => number
  readonly histogram: ReturnType<typeof monitorEventLoopDelay>
  /** Default: `performance.eventLoopUtilization` of `node:perf_hooks`. */
  readonly utilization: (now?: EventLoopUtilization, before?: EventLoopUtilization) => EventLoopUtilization
}

/**
 * Measures the event loop in windows of at least one second. A window is complete at the first collection after that time.
 * Every collection reads the last complete window, so that readers and scrapers which collect at the same time read the
 * same values.
 */
export class EventLoopWindow {
  readonly #sources: EventLoopSources
  #opened: number
  #openedAt: EventLoopUtilization
  #complete: Window | undefined

  constructor(sources: Partial<EventLoopSources> = {}) {
    const histogram = sources.histogram ?? monitorEventLoopDelay({ resolution: SAMPLE_MS })
    this.#sources = { now: monotonicNow, utilization: eventLoopUtilization, ...sources, histogram }
    this.#opened = this.#sources.now()
    this.#openedAt = this.#sources.utilization()
    histogram.enable()
  }

  /**
   * Returns the last complete window, or the first window before it is complete. `loopTime` is since the start of the
   * process, in seconds.
   */
  read(): Window & { readonly loopTime: { readonly active: number; readonly idle: number } } {
    const { histogram, utilization, now } = this.#sources
    const total = utilization()
    const running = {
      delay: this.#delay(),
      utilization: utilization(total, this.#openedAt).utilization,
    }
    // A window without a sample is not complete: the loop was blocked all the time.
    if (running.delay !== undefined && now() - this.#opened >= MIN_WINDOW_MS) {
      this.#complete = running
      histogram.reset()
      this.#openedAt = total
      this.#opened = now()
    }
    const loopTime = { active: total.active / 1000, idle: total.idle / 1000 }
    return { ...(this.#complete ?? running), loopTime }
  }

  /** Stops sampling. */
  stop(): void {
    this.#sources.histogram.disable()
  }

  #delay(): LoopDelay | undefined {
    const { histogram } = this.#sources
    if (histogram.count === 0) return undefined
    return {
      min: delayOf(histogram.min),
      max: delayOf(histogram.max),
      mean: delayOf(histogram.mean),
      stddev: histogram.stddev / 1e9,
      p50: delayOf(histogram.percentile(50)),
      p90: delayOf(histogram.percentile(90)),
      p99: delayOf(histogram.percentile(99)),
    }
  }
}

/** Returns the delay in seconds. Node records the nanoseconds between two samples, the sampling interval included. */
function delayOf(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - SAMPLE_MS / 1000)
}
