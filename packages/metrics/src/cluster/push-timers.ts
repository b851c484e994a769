import type { Clock } from '../clock.ts'

/** Longest time from a change to its push, in milliseconds, with the delay of timers. */
const PUSH_DELAY_MS = 8

/** Called when a push is due. */
export interface PushTimerHandlers {
  /** A series changed, and its push is due. */
  onChangesDue(): void
  /** An interval has passed. */
  onInterval(): void
}

/** When a member pushes: soon after a change, and once per interval. No timer keeps the process alive. */
export class PushTimers {
  readonly #clock: Clock
  readonly #intervalMs: number
  readonly #handlers: PushTimerHandlers
  #cancelChanges: (() => void) | undefined
  #cancelInterval: (() => void) | undefined

  constructor(clock: Clock, intervalMs: number, handlers: PushTimerHandlers) {
    this.#clock = clock
    this.#intervalMs = intervalMs
    this.#handlers = handlers
  }

  /** Starts the intervals. */
  start(): void {
    const run = (): void => {
      this.start()
      this.#handlers.onInterval()
    }
    this.#cancelInterval = this.#clock.after(this.#intervalMs, run, false)
  }

  /** Ends all timers. */
  stop(): void {
    this.clearChanges()
    this.#cancelInterval?.()
  }

  /** A series changed. */
  readonly onChange = (): void => {
    this.#cancelChanges ??= this.#clock.after(PUSH_DELAY_MS, this.#onDue, false)
  }

  readonly #onDue = (): void => {
    this.#cancelChanges = undefined
    this.#handlers.onChangesDue()
  }

  /** The changes are being pushed. */
  clearChanges(): void {
    this.#cancelChanges?.()
    this.#cancelChanges = undefined
  }
}
