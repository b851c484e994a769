import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll } from 'vitest'

const open = new Set<Server>()

afterAll(() => {
  for (const server of open) server.close().closeAllConnections()
})

/** The metrics endpoint of an engine, whose exposition a test sets. */
export class EngineEndpoint {
  /** Text of the answer; `undefined`: the endpoint never answers. */
  text: string | undefined
  /** Number of requests. */
  requests = 0
  readonly #server = createServer((_request, response) => {
    this.requests += 1
    if (this.text === undefined) return
    response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
    response.end(this.text)
  })

  #port = 0

  static async start(text: string): Promise<EngineEndpoint> {
    const endpoint = new EngineEndpoint()
    await endpoint.restart(text)
    return endpoint
  }

  /** Refuses connections until {@link restart}. */
  async stop(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close().closeAllConnections()
    await closed
  }

  /** Listens again, on the same port. */
  async restart(text: string): Promise<void> {
    this.text = text
    open.add(this.#server.listen(this.#port, '127.0.0.1'))
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  get host(): string {
    return `127.0.0.1:${this.#port}`
  }

  get url(): string {
    return `http://${this.host}/metrics`
  }
}
