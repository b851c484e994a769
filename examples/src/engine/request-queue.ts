/** The queue of an engine that processes a limited number of requests at a time. */
import type { ServerResponse } from 'node:http'

/** Requests in the order of their arrival. */
export class RequestQueue {
  #free: number
  readonly #waiting = new Set<() => void>()

  /** @param maxRequests requests that are processed at a time */
  constructor(maxRequests: number) {
    this.#free = maxRequests
  }

  /**
   * Waits for a free place, which the request has until its response closes.
   *
   * @returns false if the client disconnects before
   */
  enter(res: ServerResponse): Promise<boolean> {
    if (res.destroyed) return Promise.resolve(false)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const start = (): void => {
      this.#waiting.delete(start)
      this.#free--
      resolve(true)
    }
    this.#waiting.add(start)
    res.once('close', () => {
      if (!this.#waiting.delete(start)) this.#free++
      resolve(false) // no effect after the start
      this.#startNext()
    })
    this.#startNext()
    return promise
  }

  #startNext(): void {
    const [next] = this.#waiting
    if (this.#free > 0) next?.()
  }
}
