import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { LoopDelay } from '../instruments/process-reading.ts'
import { monotonicNow } from '../instruments/real-clocks.ts'

/** As it was when this package was loaded: fake timers of an application replace it too. */
const eventLoopUtilization = performance.eventLoopUtilization.bind(performance)

/** How often the delay is sampled: each sample wakes the process, ten a second cost about 0.5 ms of CPU a second. */
const SAMPLE_MS = 100

/** Collections closer together than this see the same window: those of several readers, or two scrapers. */
const MIN_WINDOW_MS = 1000

/** What the event loop did since a moment that moves along with the collections. */
export class EventLoopWindow {
  readonly #histogram = monitorEventLoopDelay({ resolution: SAMPLE_MS })
  #opened = monotonicNow()
  #openedAt = eventLoopUtilization()

  constructor() {
    this.#histogram.enable()
  }

  /** The delay (`undefined` before the first sample), the share of busy time, and the times since the start in seconds. */
  read(): { delay: LoopDelay | undefined; utilization: number; loopTime: { active: number; idle: number } } {
    const now = eventLoopUtilization()
    const { utilization } = eventLoopUtilization(now, this.#openedAt)
    const delay = this.#delay()
    if (monotonicNow() - this.#opened >= MIN_WINDOW_MS) {
      this.#histogram.reset()
      this.#openedAt = now
      this.#opened = monotonicNow()
    }
    return { delay, utilization, loopTime: { active: now.active / 1000, idle: now.idle / 1000 } }
  }

  /** No delay is sampled any more. */
  stop(): void {
    this.#histogram.disable()
  }

  #delay(): LoopDelay | undefined {
    const histogram = this.#histogram
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
