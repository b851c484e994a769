import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { LoopDelay } from '../instruments/process-reading.ts'
import { monotonicNow } from '../real-clocks.ts'

/** As it was when this package was loaded: fake timers of an application replace it too. */
const eventLoopUtilization = performance.eventLoopUtilization.bind(performance)

/** How often the delay is sampled: each sample wakes the process, ten a second cost about 0.5 ms of CPU a second. */
const SAMPLE_MS = 100

/** The shortest window, in milliseconds: collections closer together see the same one. */
const MIN_WINDOW_MS = 1000

/** What the event loop did in one window of time. */
interface Window {
  /** `undefined` before the first sample. */
  readonly delay: LoopDelay | undefined
  /** The share of busy time, from 0 to 1. */
  readonly utilization: number
}

/** Where the facts about the event loop come from. */
export interface EventLoopSources {
  /** A monotonic clock in milliseconds. */
  readonly now: () => number
  readonly histogram: ReturnType<typeof monitorEventLoopDelay>
  /** As `performance.eventLoopUtilization` of `node:perf_hooks`. */
  readonly utilization: (now?: EventLoopUtilization, before?: EventLoopUtilization) => EventLoopUtilization
}

/**
 * What the event loop does, in windows of at least a second. A window is complete at the first collection after that, and
 * every collection sees the last complete window: several readers or scrapers that collect at the same time see the same.
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

  /** The last complete window, or the first one while it runs; and the times since the process started, in seconds. */
  read(): Window & { readonly loopTime: { readonly active: number; readonly idle: number } } {
    const { histogram, utilization, now } = this.#sources
    const total = utilization()
    const running = {
      delay: this.#delay(),
      utilization: utilization(total, this.#openedAt).utilization,
    }
    // A window without a sample goes on: the loop was blocked all the time.
    if (running.delay !== undefined && now() - this.#opened >= MIN_WINDOW_MS) {
      this.#complete = running
      histogram.reset()
      this.#openedAt = total
      this.#opened = now()
    }
    const loopTime = { active: total.active / 1000, idle: total.idle / 1000 }
    return { ...(this.#complete ?? running), loopTime }
  }

  /** No delay is sampled any more. */
  stop(): void {
    this.#sources.histogram.disable()
  }

  #delay(): LoopDelay | undefined {
    const { histogram } = this.#sources
    if (histogram.count === 0) return undefined
    return {
      min: lateness(histogram.min),
      max: lateness(histogram.max),
      mean: lateness(histogram.mean),
      stddev: histogram.stddev / 1e9,
      p50: lateness(histogram.percentile(50)),
      p90: lateness(histogram.percentile(90)),
      p99: lateness(histogram.percentile(99)),
    }
  }
}

/** Node records the time between two samples, in nanoseconds: what is more than was asked for is the delay. */
function lateness(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - SAMPLE_MS / 1000)
}
