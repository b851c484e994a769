import { setImmediate } from '../real-timers.ts'
import { ErrorBarrier } from './error-barrier.ts'

/** Number of messages of state that are encoded and sent in one turn of the event loop: a few milliseconds. */
const MESSAGES_PER_TURN = 8

/** Divides the messages of state to all members over turns of the event loop, so that other events are handled between them. */
export class TurnBudget {
  readonly #barrier = new ErrorBarrier()
  #remaining = MESSAGES_PER_TURN
  #waiting: (() => void)[] = []
  #isScheduled = false

  /** Whether another message may be sent in this turn. */
  get isOpen(): boolean {
    return this.#remaining > 0
  }

  /** Counts a message. */
  count(): void {
    this.#remaining -= 1
    this.#schedule()
  }

  /** Calls `task` in the next turn. */
  inNextTurn(task: () => void): void {
    this.#waiting.push(task)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#renew())
  }

  #renew(): void {
    this.#isScheduled = false
    this.#remaining = MESSAGES_PER_TURN
    for (const task of this.#waiting.splice(0)) this.#barrier.run(task)
  }
}
