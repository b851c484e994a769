/** Failures in a row after which a flush gives up: the collector will hardly come back within its second. */
const MAX_FAILURES = 2

interface Waiter {
  /** All items before this number must have ended. */
  until: number
  readonly resolve: () => void
}

/** Who waits for a flush to end. */
export class FlushWaiters {
  /** Between two attempts of a flush, in milliseconds. */
  static readonly RETRY_DELAY_MS = 200

  readonly #waiters: Waiter[] = []
  #failures = 0
  /** Whether the collector itself has asked for the pause that now is. */
  isThrottled = false

  /** Whether somebody waits. */
  get isActive(): boolean {
    return this.#waiters.length > 0
  }

  /**
   * @param until number of the first item that need not have ended
   * @param isFailing whether the last attempt failed: then one more is enough to know
   */
  begin(until: number, isFailing: boolean): Promise<void> {
    if (!this.isActive) this.#failures = isFailing ? 1 : 0
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiters.push({ until, resolve })
    return promise
  }

  /** Lets all who wait do so until the items before this number have ended. */
  extend(until: number): void {
    for (const waiter of this.#waiters) waiter.until = until
  }

  /** @param oldest number of the oldest item that has not ended */
  settle(oldest: number): void {
    const isHopeless = this.#failures >= MAX_FAILURES
    for (const waiter of this.#waiters.splice(0)) {
      if (isHopeless || oldest >= waiter.until) waiter.resolve()
      else this.#waiters.push(waiter)
    }
  }

  /** An attempt has failed. @param wasTold whether the collector asks to be left alone */
  fail(wasTold: boolean): void {
    this.isThrottled = wasTold
    this.#failures = wasTold ? MAX_FAILURES : this.#failures + 1
  }
}
