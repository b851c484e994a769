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

  static async start(text: string): Promise<EngineEndpoint> {
    const endpoint = new EngineEndpoint()
    endpoint.text = text
    open.add(endpoint.#server.listen(0, '127.0.0.1'))
    await once(endpoint.#server, 'listening')
    return endpoint
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get url(): string {
    return `http://${this.host}/metrics`
  }
}
