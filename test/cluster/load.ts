import http from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from './random.ts'

/** Default number of clients. */
const CLIENTS = 12
const LONGEST_PAUSE_MS = 60
/** Longer than a worker is stopped. A connection that was passed to a worker that was killed meanwhile stays open. */
const TIMEOUT_MS = 8000
/** Few requests per connection, so that all workers get connections. */
const REQUESTS_PER_CONNECTION = 5
const STREAM = '/stream'
const PATHS = [...Array<string>(12).fill('/json'), ...Array<string>(6).fill(STREAM), '/busy']
const ABORTED_STREAMS = 0.3

/** Requests and event streams by a number of clients, until it is stopped. Some streams are aborted after the first event. */
export class Load {
  /** Requests that were answered, or aborted after a part of the answer. */
  answered = 0
  /** Requests without a complete answer, because their worker has ended. */
  failed = 0
  #isStopped = false
  readonly #clients: Promise<unknown>

  /** @param urlOf returns the URL for each new connection */
  constructor(urlOf: () => string, random: Random, clients = CLIENTS) {
    this.#clients = Promise.all(Array.from({ length: clients }, () => this.#run(urlOf, random)))
  }

  /** Sends no more requests, and resolves when all have ended. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#clients
  }

  async #run(urlOf: () => string, random: Random): Promise<void> {
    while (!this.#isStopped) {
      const url = urlOf()
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
      for (let n = 0; n < REQUESTS_PER_CONNECTION && !this.#isStopped; n++) {
        const path = random.pick(PATHS)
        const isAborted = path === STREAM && random.fraction() < ABORTED_STREAMS
        if (await send(url + path, agent, isAborted)) this.answered++
        else this.failed++
        await delay(random.fraction() * LONGEST_PAUSE_MS)
      }
      agent.destroy()
    }
  }
}

function send(url: string, agent: http.Agent, isAborted: boolean): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const request = http.get(url, { agent, timeout: TIMEOUT_MS }, (response) => {
    response.resume().on('error', () => {})
    if (isAborted) response.once('data', () => resolve(true)).once('data', () => request.destroy())
    response.once('close', () => resolve(response.complete))
  })
  request.once('timeout', () => request.destroy()).on('error', () => resolve(false))
  return promise
}
