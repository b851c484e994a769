import { afterAll, beforeAll } from 'vitest'
import type { StoredSpan } from '../../examples/src/otlp-sink/store.ts'
import { type AppOptions, eventually, RunningApp } from './running-app.ts'
import { type Scrape, scrape } from './scrape.ts'

let sink: RunningApp
let echo: RunningApp
let sinkUrl: string
let collector: Record<string, string>

beforeAll(async () => {
  sink = new RunningApp('../../examples/src/otlp-sink.ts', {
    flag: false,
    env: { GRPC_PORT: '0', HTTP_PORT: '0' },
  })
  echo = new RunningApp('echo.mjs', { flag: false })
  const [, port = ''] = await sink.waitForOutput(/grpc:\/\/127\.0\.0\.1:(\d+)/)
  sinkUrl = await sink.url()
  collector = {
    VR_TRACING_ENABLED: 'true',
    VR_OPENTELEMETRY_HOST: '127.0.0.1',
    VR_OPENTELEMETRY_PORT: port,
    OTEL_BSP_SCHEDULE_DELAY: '50',
    UPSTREAM_URL: await echo.url(),
  }
})

afterAll(async () => {
  await sink.kill()
  await echo.kill()
})

/** Starts an application whose spans go to the sink of this file; all are sampled, unless `env` says otherwise. */
export function startTraced(
  env: Record<string, string> = {},
  app = 'traced.mjs',
  options: AppOptions = {},
): RunningApp {
  return new RunningApp(app, { ...options, env: { ...collector, VR_TRACING_SAMPLE_RATIO: '1', ...env } })
}

/** The spans of a trace, once there are so many of them. */
export async function waitForSpans(traceId: string, count: number): Promise<StoredSpan[]> {
  return eventually(async () => {
    const answer = await fetch(`${sinkUrl}/traces/${traceId}`)
    if (answer.status !== 200) return undefined
    const { spans } = (await answer.json()) as { spans: StoredSpan[] }
    return spans.length >= count ? spans : undefined
  })
}

/** Whether the sink has any span of a trace. */
export async function hasTrace(traceId: string): Promise<boolean> {
  return (await fetch(`${sinkUrl}/traces/${traceId}`)).status === 200
}

/** What `traced.mjs` tells of its own span, and what its upstream got. */
export interface Answer {
  readonly own: { traceId: string; spanId: string; traceFlags: number }
  readonly upstream: Record<string, string>
}

export async function fetchAnswer(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  return (await (await fetch(url, { headers })).json()) as Answer
}

/** The spans of a trace, each with the name of its parent. */
export const spanTree = (spans: readonly StoredSpan[]) =>
  spans.map(({ parentSpanId, kind, name }) => ({
    kind,
    name,
    parent:
      spans.find((span) => span.spanId === parentSpanId)?.name ??
      (parentSpanId === '' ? 'none' : 'the caller'),
  }))

/** A scrape, once no stream is in flight any more. */
export async function scrapeWhenIdle(url: string): Promise<Scrape> {
  return eventually(async () => {
    const scraped = await scrape(`${url}/metrics`)
    return scraped.values('sse_connections_in_flight')[''] === 0 ? scraped : undefined
  })
}
