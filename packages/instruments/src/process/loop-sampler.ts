import {
  createHistogram,
  type EventLoopUtilization,
  performance,
  type RecordableHistogram,
} from 'node:perf_hooks'
import { monotonicNow } from '../real-clocks.ts'
import { clearTimeout, setTimeout } from '../real-timers.ts'

/** Bound when this package is loaded, since fake timers of an application replace it. */
const eventLoopUtilization = performance.eventLoopUtilization.bind(performance)

/** Sampling interval while the loop works. Each sample wakes the process: ten per second cost 1.3 ms of CPU per second. */
const WORKING_INTERVAL_MS = 100

/** Sampling interval while the loop is idle: one sample per second costs 0.2 ms of CPU per second. */
const IDLE_INTERVAL_MS = 1000

/** The loop works if it was active for more than this time in the last {@link IDLE_INTERVAL_MS}. */
const WORKING_MS = 50

/** The largest delay that the histogram stores: one hour, in microseconds. */
const MAX_DELAY_US = 3_600_000_000

/** A timer that starts again by `refresh()`, also after it has fired. */
export type SampleTimer = Pick<NodeJS.Timeout, 'refresh' | 'unref'>

/** Sources of the values, which a test may replace. */
export interface LoopSources {
  /** A monotonic clock in milliseconds. */
  readonly now: () => number
  readonly setTimeout: (callback: () => void, ms: number) => SampleTimer
  readonly clearTimeout: (timer: SampleTimer) => void
  readonly utilization: (now?: EventLoopUtilization, before?: EventLoopUtilization) => EventLoopUtilization
}

/** The clock and the timers of Node. */
export const LOOP_SOURCES: LoopSources = {
  now: monotonicNow,
  setTimeout,
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  utilization: eventLoopUtilization,
}

/**
 * Samples the delay of the event loop: how late timers fire. The interval is short while the loop works: after the start, after
 * {@link expectWork}, and while the loop is active for more than 5 % of the time. Otherwise it is long, since each sample wakes
 * an idle process.
 */
export class LoopSampler {
  /** Delays in microseconds. */
  readonly samples: RecordableHistogram = createHistogram({ highest: MAX_DELAY_US })
  readonly #sources: LoopSources
  readonly #shortTimer: SampleTimer
  readonly #longTimer: SampleTimer
  #shortDue = 0
  #longDue = 0
  #isWorking = true
  /** Whether work was expected since the last long interval. */
  #isExpected = true
  #lastUtilization: EventLoopUtilization

  constructor(sources: LoopSources) {
    this.#sources = sources
    this.#lastUtilization = this.#sources.utilization()
    this.#shortTimer = this.#startTimer(() => this.#onShortTimer(), WORKING_INTERVAL_MS)
    this.#longTimer = this.#startTimer(() => this.#onLongTimer(), IDLE_INTERVAL_MS)
    const now = this.#sources.now()
    this.#shortDue = now + WORKING_INTERVAL_MS
    this.#longDue = now + IDLE_INTERVAL_MS
  }

  /** Shortens the interval for at least a second. Called when a request arrives, before the application handles it. */
  expectWork(): void {
    this.#isExpected = true
    if (!this.#isWorking) this.#startWork()
  }

  /** Stops sampling. */
  stop(): void {
    this.#sources.clearTimeout(this.#shortTimer)
    this.#sources.clearTimeout(this.#longTimer)
  }

  #startTimer(callback: () => void, ms: number): SampleTimer {
    const timer = this.#sources.setTimeout(callback, ms)
    timer.unref()
    return timer
  }

  #startWork(): void {
    this.#isWorking = true
    this.#shortDue = this.#sources.now() + WORKING_INTERVAL_MS
    this.#shortTimer.refresh()
  }

  #onShortTimer(): void {
    this.#record(this.#shortDue)
    if (this.#isWorking) this.#startWork()
  }

  #onLongTimer(): void {
    if (!this.#isWorking) this.#record(this.#longDue)
    const total = this.#sources.utilization()
    const { active } = this.#sources.utilization(total, this.#lastUtilization)
    this.#lastUtilization = total
    const works = this.#isExpected || active > WORKING_MS
    this.#isExpected = false
    if (works && !this.#isWorking) this.#startWork()
    this.#isWorking = works
    this.#longDue = this.#sources.now() + IDLE_INTERVAL_MS
    this.#longTimer.refresh()
  }

  #record(due: number): void {
    const microseconds = Math.round((this.#sources.now() - due) * 1000)
    this.samples.record(Math.min(Math.max(microseconds, 1), MAX_DELAY_US))
  }
}
