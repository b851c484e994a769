import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** A receiver of OTLP/JSON over HTTP. */
export interface JsonSink {
  readonly port: number
  /** All bodies so far. */
  readonly received: readonly unknown[]
}

/** Starts a sink on a free port; it is unref'ed. */
export async function startJsonSink(): Promise<JsonSink> {
  const received: unknown[] = []
  const server = createServer(async (request, response) => {
    received.push(await json(request))
    response.setHeader('content-type', 'application/json').end('{}')
  })
  server.listen(0, '127.0.0.1').unref()
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, received }
}
