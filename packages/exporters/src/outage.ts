import type { Clock } from '@vr/otel-metrics/internal'

/** A logger: the API's `diag`, or any object with these three methods. */
export interface Log {
  /** Logs that data was lost or that a part has failed. */
  error(message: string): void
  /** Logs a problem, such as the start of an outage. */
  warn(message: string): void
  /** Logs an event, such as the end of an outage. */
  info(message: string): void
}

/** Minimum time between two logged starts, in milliseconds: an outage that comes and goes is logged as one. */
const MIN_INTERVAL_MS = 60_000

/** Logs an outage once when it starts and once when it ends, however many operations fail in between. */
export class Outage {
  readonly #log: Log
  readonly #clock: Clock
  #loggedAt = Number.NEGATIVE_INFINITY
  /** Level of the start that was logged last; undefined if that outage has ended. */
  #level: 'warn' | 'error' | undefined
  #reason: string | undefined

  constructor(log: Log, clock: Clock) {
    this.#log = log
    this.#clock = clock
  }

  /**
   * Called at every failure. Logs the first one, and later ones with another reason: at most once a minute, except for
   * an escalation from `warn` to `error`.
   * @param reason identifies the cause where messages of one cause differ
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

  /** Called at every success. Logs the end of an outage whose start was logged, at the same level. */
  end(message: () => string): void {
    const level = this.#level
    if (level === undefined) return
    this.#level = undefined
    this.#log[level](message())
  }
}
