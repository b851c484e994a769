import { afterAll, beforeAll, expect, it } from 'vitest'
import type { StoredSpan } from '../../examples/src/otlp-receiver/store.ts'
import { eventually, RunningApp } from './running-app.ts'
import { scrape } from './scrape.ts'

let sink: RunningApp
let echo: RunningApp
let sinkUrl: string
let grpcPort: string

beforeAll(async () => {
  const env = { GRPC_PORT: '0', HTTP_PORT: '0' }
  sink = new RunningApp('../../examples/src/otlp-receiver.ts', { flag: false, env })
  echo = new RunningApp('echo.mjs', { flag: false })
  grpcPort = (await sink.waitForOutput(/grpc:\/\/127\.0\.0\.1:(\d+)/))[1] as string
  sinkUrl = await sink.url()
})

afterAll(async () => {
  await sink.kill()
  await echo.kill()
})

async function answerOf<Answer>(path: string): Promise<Answer> {
  return (await (await fetch(sinkUrl + path)).json()) as Answer
}

/** Returns all spans of a service that the sink has received. */
async function spansOf(service: string): Promise<StoredSpan[]> {
  const { traces } = await answerOf<{ traces: { traceId: string }[] }>('/traces')
  const all = traces.map(({ traceId }) => answerOf<{ spans: StoredSpan[] }>(`/traces/${traceId}`))
  return (await Promise.all(all)).flatMap(({ spans }) => spans).filter((span) => span.service === service)
}

it.each([
  ['grpc', { connections: true, streams: true }],
  ['http/protobuf', { connections: true, streams: false }],
])(
  'exports over %s create no span and no metric, though the application instruments sockets itself',
  async (protocol, sees) => {
    const service = `watched over ${protocol}`
    const app = new RunningApp('watched-sockets.mjs', {
      env: {
        OTEL_SERVICE_NAME: service,
        UPSTREAM_URL: await echo.url(),
        VR_OPENTELEMETRY_PROTOCOL: protocol,
        VR_OPENTELEMETRY_HOST: '127.0.0.1',
        VR_OPENTELEMETRY_PORT: protocol === 'grpc' ? grpcPort : new URL(sinkUrl).port,
        VR_TRACING_ENABLED: 'true',
        VR_TRACING_SAMPLE_RATIO: '1',
        OTEL_BSP_SCHEDULE_DELAY: '20',
        VR_METRICS_EXPORTER: 'prometheus,otlp',
        VR_METRICS_EXPORT_INTERVAL_MS: '20',
        VR_METRICS_GROUPS: '+http_semconv',
      },
    })
    const url = await app.url()
    const getCounts = async () =>
      (await (await fetch(url)).json()) as { connections: number; streams: number }
    const first = await getCounts()
    const traced = ['GET', 'GET', 'connect'] // the request, its call, and the connection of the call
    await eventually(async () => ((await spansOf(service)).length >= traced.length ? true : undefined))
    const { metrics } = await eventually(async () => {
      const answer = await answerOf<{ metrics: { service: string }[] }>('/metrics')
      return answer.metrics.some((metric) => metric.service === service) ? answer : undefined
    })
    expect(metrics.length).toBeGreaterThan(0)
    const second = await getCounts()
    expect({ connections: second.connections > 1, streams: second.streams > 0 }).toEqual(sees)
    expect(first.connections).toBeGreaterThan(0)
    const scraped = await scrape(`${url}/metrics`)
    const called = Object.values(scraped.values('http_client_request_duration_seconds_count'))
    expect(called.reduce((sum, count) => sum + count, 0)).toBe(2)
    await app.kill()
    const names = (await spansOf(service)).map(({ name }) => name).sort()
    expect(names).toEqual([...traced, 'GET', 'GET'].sort())
  },
)
