import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { Exchange, pathOf } from './exchange.ts'
import { MODELS, type Plan } from './plan.ts'

/**
 * An inference engine that answers as planned, and records what it sent. It holds an answer that the client leaves, and a
 * connection that dies, until the client has received all parts.
 */
export class Engine {
  readonly #server: Server
  readonly #exchanges = new Map<string, Exchange>()
  /** Requests for the list of models. */
  modelRequests = 0

  constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy())
    })
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** Adds a plan. The exchange has the body of the request that selects it. */
  plan(plan: Plan): Exchange {
    const exchange = new Exchange(String(this.#exchanges.size), plan)
    this.#exchanges.set(exchange.id, exchange)
    return exchange
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/v1/models') {
      this.modelRequests++
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ object: 'list', data: MODELS.map((id) => ({ id, object: 'model' })) }))
      return
    }
    const { metadata } = (await json(request)) as { metadata: { plan: string } }
    const exchange = this.#exchanges.get(metadata.plan)
    if (exchange === undefined || request.url !== pathOf(exchange.plan.api)) {
      response.writeHead(404).end()
      return
    }
    exchange.arrived(response)
    await send(exchange, response)
  }
}

async function send(exchange: Exchange, response: ServerResponse): Promise<void> {
  const { plan, parts } = exchange
  const isHeld = plan.ending === 'client leaves' || plan.ending === 'engine dies'
  if (parts.length === 0) return
  exchange.status = Number(plan.ending) || 200
  const isStream = plan.isStream && exchange.status === 200
  response.writeHead(exchange.status, {
    'content-type': isStream ? 'text/event-stream' : 'application/json',
    ...(plan.isCompressed ? { 'content-encoding': 'gzip' } : {}),
  })
  exchange.sent.push(...parts)
  if (plan.isCompressed) {
    response.end(gzipSync(exchange.sentText))
    return
  }
  for (const { text } of parts) await new Promise((resolve) => response.write(text, resolve))
  if (!isHeld) response.end()
}
