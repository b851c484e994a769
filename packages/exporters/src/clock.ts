import { clearTimeout, monotonicNow, setTimeout } from './real-timers.ts'

/** Time as the delivery of telemetry needs it: passed in, so that a test can be the clock. */
export interface Clock {
  /** Milliseconds from any beginning, never backwards. */
  now(): number
  /**
   * Runs `task` once, after `ms` milliseconds.
   * @param holds whether the process stays alive for it
   * @returns forgets it
   */
  after(ms: number, task: () => void, holds: boolean): () => void
}

/** The clock of the process; it does not jump when the time of day is set. */
export const processClock: Clock = {
  now: monotonicNow,
  after(ms, task, holds) {
    const timer = setTimeout(task, ms)
    if (!holds) timer.unref()
    return () => clearTimeout(timer)
  },
}
