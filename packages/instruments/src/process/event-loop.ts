import type { EventLoopUtilization } from 'node:perf_hooks'
import type { LoopDelay } from '../instruments/process-reading.ts'
import { LOOP_SOURCES, LoopSampler, type LoopSources } from './loop-sampler.ts'

/** Minimum length of a window in milliseconds. Collections that are closer together read the same window. */
const MIN_WINDOW_MS = 1000

/** Delay and utilization of the event loop in one window of time. */
interface Window {
  /** `undefined` before the first sample. */
  readonly delay: LoopDelay | undefined
  /** Share of the time in which the loop was active, from 0 to 1. */
  readonly utilization: number
}

/**
 * Measures the event loop in windows of at least one second. A window is complete at the first collection after that time.
 * Every collection reads the last complete window, so that readers and scrapers which collect at the same time read the
 * same values.
 */
export class EventLoopWindow {
  readonly #sources: LoopSources
  readonly #sampler: LoopSampler
  #opened: number
  #openedAt: EventLoopUtilization
  #complete: Window | undefined

  constructor(sources: LoopSources = LOOP_SOURCES) {
    this.#sources = sources
    this.#sampler = new LoopSampler(sources)
    this.#opened = sources.now()
    this.#openedAt = sources.utilization()
  }

  /** Samples more often for at least a second. Called when a request arrives, before the application handles it. */
  expectWork(): void {
    this.#sampler.expectWork()
  }

  /**
   * Returns the last complete window, or the first window before it is complete. `loopTime` is since the start of the
   * process, in seconds.
   */
  read(): Window & { readonly loopTime: { readonly active: number; readonly idle: number } } {
    const { utilization, now } = this.#sources
    const total = utilization()
    const running = {
      delay: this.#delay(),
      utilization: utilization(total, this.#openedAt).utilization,
    }
    // A window without a sample is not complete: the loop was blocked all the time.
    if (running.delay !== undefined && now() - this.#opened >= MIN_WINDOW_MS) {
      this.#complete = running
      this.#sampler.samples.reset()
      this.#openedAt = total
      this.#opened = now()
    }
    const loopTime = { active: total.active / 1000, idle: total.idle / 1000 }
    return { ...(this.#complete ?? running), loopTime }
  }

  /** Stops sampling. */
  stop(): void {
    this.#sampler.stop()
  }

  #delay(): LoopDelay | undefined {
    const { samples } = this.#sampler
    if (samples.count === 0) return undefined
    return {
      min: samples.min / 1e6,
      max: samples.max / 1e6,
      mean: samples.mean / 1e6,
      stddev: samples.stddev / 1e6,
      p50: samples.percentile(50) / 1e6,
      p90: samples.percentile(90) / 1e6,
      p99: samples.percentile(99) / 1e6,
    }
  }
}
