import { clearTimeout, monotonicNow, setTimeout } from './real-timers.ts'

/** A monotonic clock with timers. Passed in, so that tests control time. */
export interface Clock {
  /** Returns milliseconds since a fixed point; never goes backwards. */
  now(): number
  /**
   * Runs `task` once, after `ms` milliseconds.
   * @param holds whether the timer keeps the process alive
   * @returns cancels the timer
   */
  after(ms: number, task: () => void, holds: boolean): () => void
}

/** The clock of the process; changes of the system time do not affect it. */
export const processClock: Clock = {
  now: monotonicNow,
  after(ms, task, holds) {
    const timer = setTimeout(task, ms)
    if (!holds) timer.unref()
    return () => clearTimeout(timer)
  },
}
