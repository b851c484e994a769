import http from 'node:http'
import type net from 'node:net'
import { afterEach } from 'vitest'
import { HttpTransport } from '../otlp/http-transport.ts'
import type { OtlpConnectionOptions } from '../otlp/options.ts'
import type { SendOutcome } from '../otlp/send-outcome.ts'
import { listen } from './collector.ts'

export const BODY = Buffer.from('body')
export const ACCEPTED: SendOutcome = { kind: 'accepted', rejected: 0 }

const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Lets a server listen until the test has ended, and gives its port. */
export async function server(made: net.Server): Promise<number> {
  ends.push(() => {
    made.close()
    if (made instanceof http.Server) made.closeAllConnections()
  })
  return listen(made)
}

/** A transport to a port, until the test has ended. */
export function transport(port: number, options: Partial<OtlpConnectionOptions> = {}): HttpTransport {
  const url = `http://127.0.0.1:${port}/v1/metrics?tenant=a`
  const made = new HttpTransport({ protocol: 'http/protobuf', url, ...options })
  ends.push(() => made.close())
  return made
}
