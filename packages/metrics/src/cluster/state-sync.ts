import type { Clock } from '../clock.ts'
import { setImmediate } from '../real-timers.ts'

/** Longest time that a scrape waits for the merged state, in milliseconds. */
const SYNC_TIMEOUT_MS = 50

/** A request without an answer does not hold back the next one for longer than this. */
const RETRY_AFTER_MS = 1000

interface Request {
  readonly id: number
  readonly since: number
  readonly promise: Promise<boolean>
  readonly settle: (complete: boolean) => void
}

/**
 * Requests of a member for the merged state. Scrapes that arrive while a request is on its way share the next one, so that at most
 * one is in transit.
 */
export class StateSync {
  readonly #clock: Clock
  readonly #send: (id: number) => void
  #nextId = 1
  #sent: Request | undefined
  #waiting: Request | undefined

  /** @param send sends a request with this id */
  constructor(clock: Clock, send: (id: number) => void) {
    this.#clock = clock
    this.#send = send
  }

  /** Resolves with whether the state is complete; `false` after 50 ms without an answer. */
  async request(): Promise<boolean> {
    if (this.#sent && this.#clock.now() - this.#sent.since < RETRY_AFTER_MS) {
      this.#waiting ??= this.#create()
      return await this.#waiting.promise
    }
    const request = this.#create()
    this.#dispatch(request)
    return await request.promise
  }

  /** Applies an answer of the aggregator. */
  onSynced(id: number, complete: boolean): void {
    if (id !== this.#sent?.id) return
    this.#sent.settle(complete)
    this.#sent = undefined
    const next = this.#waiting
    this.#waiting = undefined
    if (next) this.#dispatch(next)
  }

  /** Ends all requests: the channel has closed. */
  reset(): void {
    this.#sent?.settle(false)
    this.#waiting?.settle(false)
    this.#sent = undefined
    this.#waiting = undefined
  }

  #create(): Request {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const id = this.#nextId++
    const cancel = this.#clock.after(
      SYNC_TIMEOUT_MS,
      () => {
        // A timer runs before the sockets are read. After a turn of the event loop, all that had arrived is in the replica, also in
        // a process that was stopped or blocked.
        setImmediate(() => {
          if (this.#waiting?.id === id) this.#waiting = undefined
          resolve(false)
        })
      },
      false,
    )
    const settle = (complete: boolean): void => {
      cancel()
      resolve(complete)
    }
    return { id, since: this.#clock.now(), promise, settle }
  }

  #dispatch(request: Request): void {
    this.#sent = request
    this.#send(request.id)
  }
}
