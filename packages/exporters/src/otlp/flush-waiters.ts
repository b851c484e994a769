/** Consecutive failed attempts after which a flush ends: its time limit is too short for the collector to recover. */
const MAX_FAILURES = 2

interface Waiter {
  /** Sequence number: all entries before it must have ended. */
  until: number
  readonly resolve: () => void
}

/** Promises of pending flushes. */
export class FlushWaiters {
  /** Delay between two attempts while a flush is pending, in milliseconds. */
  static readonly RETRY_DELAY_MS = 200

  readonly #waiters: Waiter[] = []
  #failures = 0
  /** Whether the last failed attempt had a delay requested by `Retry-After` or `RetryInfo`. */
  isThrottled = false

  /** Whether a flush is pending. */
  get isActive(): boolean {
    return this.#waiters.length > 0
  }

  /**
   * Adds a flush. The promise resolves when all entries before `until` have ended, or after too many failed attempts.
   * @param until sequence number of the first entry that need not have ended
   * @param isFailing whether the last attempt failed; then one more failure ends the flush
   */
  begin(until: number, isFailing: boolean): Promise<void> {
    if (!this.isActive) this.#failures = isFailing ? 1 : 0
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiters.push({ until, resolve })
    return promise
  }

  /** Makes all pending flushes wait for the entries before this sequence number. */
  extend(until: number): void {
    for (const waiter of this.#waiters) waiter.until = until
  }

  /**
   * Resolves the flushes that are complete, or all after too many failures.
   * @param oldest sequence number of the oldest entry that has not ended
   */
  settle(oldest: number): void {
    const hasFailed = this.#failures >= MAX_FAILURES
    for (const waiter of this.#waiters.splice(0)) {
      if (hasFailed || oldest >= waiter.until) waiter.resolve()
      else this.#waiters.push(waiter)
    }
  }

  /**
   * Counts a failed attempt.
   * @param isThrottled whether the collector requested a delay; then pending flushes end
   */
  fail(isThrottled: boolean): void {
    this.isThrottled = isThrottled
    this.#failures = isThrottled ? MAX_FAILURES : this.#failures + 1
  }
}
