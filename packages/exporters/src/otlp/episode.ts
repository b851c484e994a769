import type { Clock } from './clock.ts'

/** Where it is said: the API's `diag`, or any other logger with these levels. */
export interface Log {
  error(message: string): void
  warn(message: string): void
  info(message: string): void
}

/** A new episode is not announced sooner after the last one, in milliseconds: a fault that comes and goes is one. */
const QUIET = 60_000

/**
 * Says that a fault has begun and that it has ended, once each, whatever happens between: a line for every batch
 * would be a second fault.
 */
export class Episode {
  readonly #log: Log
  readonly #clock: Clock
  #saidAt = Number.NEGATIVE_INFINITY
  #isOpen = false

  constructor(log: Log, clock: Clock) {
    this.#log = log
    this.#clock = clock
  }

  /** Something is wrong; said if it was not wrong before. */
  begin(level: 'warn' | 'error', message: string): void {
    if (this.#isOpen || this.#clock.now() - this.#saidAt < QUIET) return
    this.#isOpen = true
    this.#saidAt = this.#clock.now()
    this.#log[level](message)
  }

  /** All is well; said if that it was wrong had been said. */
  end(message: () => string): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#log.info(message())
  }
}
