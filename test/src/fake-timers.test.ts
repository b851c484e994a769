import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Collector, startCollector } from '../../packages/exporters/src/testing/collector.ts'
import { eventually, RunningApp } from './running-app.ts'
import { scrape } from './scrape.ts'

/** Number of exports that a collector has received, by signal. */
type Received = Record<'traces' | 'metrics', number>

/** Starts a gRPC collector that rejects the first export of each signal as unavailable. */
function overGrpc(received: Received): Promise<Collector> {
  return startCollector({
    answer: () => {
      const { signal } = collector.requests.at(-1) as Collector['requests'][number]
      received[signal]++
      return received[signal] === 1 ? { code: 14 } : { response: Buffer.alloc(0) }
    },
  }).then((started) => {
    collector = started
    return started
  })
}
let collector: Collector

/** Starts such a collector over HTTP. */
async function overHttp(received: Received): Promise<{ readonly port: number; close(): void }> {
  const server = http.createServer((request, response) => {
    const signal = request.url === '/v1/traces' ? 'traces' : 'metrics'
    received[signal]++
    response.statusCode = received[signal] === 1 ? 503 : 200
    request.resume().on('end', () => response.end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => server.closeAllConnections() }
}

let upstream: http.Server
beforeAll(async () => {
  upstream = http.createServer((_request, response) => response.end('ok'))
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
})
afterAll(() => void upstream.close())

it.each([
  ['grpc', overGrpc],
  ['http/protobuf', overHttp],
] as const)(
  'exports and retries over %s while the application has fake timers, which have no timer of telemetry',
  async (protocol, start) => {
    const received: Received = { traces: 0, metrics: 0 }
    const { port, close } = await start(received)
    const app = new RunningApp('fake-timers.mjs', {
      env: {
        UPSTREAM_URL: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/`,
        VR_TRACING_ENABLED: 'true',
        VR_TRACING_SAMPLE_RATIO: '1',
        VR_METRICS_EXPORTER: 'prometheus,otlp',
        OTEL_METRIC_EXPORT_INTERVAL: '200',
        OTEL_BSP_SCHEDULE_DELAY: '50',
        VR_OPENTELEMETRY_PROTOCOL: protocol,
        VR_OPENTELEMETRY_HOST: '127.0.0.1',
        VR_OPENTELEMETRY_PORT: String(port),
      },
    })
    const url = await app.url()
    for (const path of ['/call', '/stream']) await (await fetch(url + path)).text()
    const { text, ...scraped } = await scrape(await app.metricsUrl())
    expect(text).toContain('http_request_duration')
    const timers = await eventually(async () => {
      const isRetried = received.traces > 1 && received.metrics > 1
      return isRetried ? (await fetch(`${url}/timers`)).json() : undefined
    })
    expect(timers).toEqual({ count: 0, callers: [] })
    const duration = scraped.samples.find(({ name }) => name.endsWith('http_request_duration_seconds_sum'))
    expect(duration?.value).toBeGreaterThan(0)
    await app.kill()
    close()
  },
)
