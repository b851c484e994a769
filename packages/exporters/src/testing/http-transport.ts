import http from 'node:http'
import type net from 'node:net'
import { afterEach } from 'vitest'
import { HttpTransport } from '../otlp/http-transport.ts'
import type { OtlpConnectionOptions } from '../otlp/options.ts'
import type { SendOutcome } from '../otlp/send-outcome.ts'
import { listen } from './collector.ts'

export const BODY = Buffer.from('body')
export const ACCEPTED: SendOutcome = { kind: 'accepted', rejected: 0 }

const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const end of cleanups.splice(0).reverse()) await end()
})

/** Starts a server until the end of the test, and returns its port. */
export async function server(instance: net.Server): Promise<number> {
  cleanups.push(() => {
    instance.close()
    if (instance instanceof http.Server) instance.closeAllConnections()
  })
  return listen(instance)
}

/** Creates a transport to a port until the end of the test. */
export function transport(port: number, options: Partial<OtlpConnectionOptions> = {}): HttpTransport {
  const url = `http://127.0.0.1:${port}/v1/metrics?tenant=a`
  const instance = new HttpTransport({ protocol: 'http/protobuf', url, ...options })
  cleanups.push(() => instance.close())
  return instance
}
