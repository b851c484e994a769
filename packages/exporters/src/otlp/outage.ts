import type { Clock } from '@vr/otel-metrics/internal'

/** Where it is said: the API's `diag`, or any other logger with these levels. */
export interface Log {
  error(message: string): void
  warn(message: string): void
  info(message: string): void
}

/** A new episode is not announced sooner after the last one, in milliseconds: a fault that comes and goes is one. */
const MIN_INTERVAL_MS = 60_000

/**
 * Says that a fault has begun and that it has ended, once each, whatever happens between: a line for every batch
 * would be a second fault.
 */
export class Outage {
  readonly #log: Log
  readonly #clock: Clock
  #loggedAt = Number.NEGATIVE_INFINITY
  /** Of what was reported last and is not over; `undefined` if nothing is. */
  #level: 'warn' | 'error' | undefined
  #reason: string | undefined

  constructor(log: Log, clock: Clock) {
    this.#log = log
    this.#clock = clock
  }

  /**
   * Something is wrong: reported when it begins, and when the reason changes; at most once a minute, unless it becomes an
   * error.
   * @param reason tells one reason from another, where messages differ otherwise
   */
  begin(level: 'warn' | 'error', message: string, reason?: string): void {
    if (this.#level !== undefined && this.#reason === reason) return
    const isWorse = this.#level === 'warn' && level === 'error'
    if (!isWorse && this.#clock.now() - this.#loggedAt < MIN_INTERVAL_MS) return
    this.#level = level
    this.#reason = reason
    this.#loggedAt = this.#clock.now()
    this.#log[level](message)
  }

  /** All is well: reported if the fault was, at the same level, so that whoever saw it begin sees it end. */
  end(message: () => string): void {
    const level = this.#level
    if (level === undefined) return
    this.#level = undefined
    this.#log[level](message())
  }
}
