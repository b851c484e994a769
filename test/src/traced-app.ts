import { afterAll, beforeAll, expect } from 'vitest'
import type { StoredSpan } from '../../examples/src/otlp-receiver/store.ts'
import { type AppOptions, eventually, RunningApp } from './running-app.ts'
import { type Scrape, scrape } from './scrape.ts'

let sink: RunningApp
let echo: RunningApp
let sinkUrl: string
let collector: Record<string, string>

/** Traces that {@link waitForSpans} was called for, with their numbers of spans. */
const expectedSpans = new Map<string, number>()
const apps: RunningApp[] = []

beforeAll(async () => {
  sink = new RunningApp('../../examples/src/otlp-receiver.ts', {
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
  // An application flushes its spans when it ends: after that, no duplicate can arrive any more.
  await Promise.all(apps.map((app) => app.kill()))
  const wrong = await Promise.all(
    [...expectedSpans].map(async ([traceId, count]) => {
      const spans = await storedSpans(traceId) // `undefined`: the sink keeps the last thousand traces
      return spans === undefined || spans.length === count ? [] : [{ traceId, spans: spanTree(spans) }]
    }),
  )
  await sink.kill()
  await echo.kill()
  expect(wrong.flat()).toEqual([])
})

/** Starts an application that exports its spans to the sink of this file. Samples all requests unless `env` sets a ratio. */
export function startTraced(
  env: Record<string, string> = {},
  app = 'traced.mjs',
  options: AppOptions = {},
): RunningApp {
  const started = new RunningApp(app, {
    ...options,
    env: { ...collector, VR_TRACING_SAMPLE_RATIO: '1', ...env },
  })
  apps.push(started)
  return started
}

/**
 * Waits until the sink has `count` spans of a trace and returns them. After the last test of the file the trace must still
 * have exactly `count` spans.
 */
export async function waitForSpans(traceId: string, count: number): Promise<StoredSpan[]> {
  expectedSpans.set(traceId, count)
  return eventually(async () => {
    const spans = await storedSpans(traceId)
    return spans !== undefined && spans.length >= count ? spans : undefined
  })
}

async function storedSpans(traceId: string): Promise<StoredSpan[] | undefined> {
  const answer = await fetch(`${sinkUrl}/traces/${traceId}`)
  if (answer.status !== 200) return undefined
  return ((await answer.json()) as { spans: StoredSpan[] }).spans
}

/** Whether the sink has a span of a trace. */
export async function hasTrace(traceId: string): Promise<boolean> {
  return (await storedSpans(traceId)) !== undefined
}

/** What `traced.mjs` answers. */
export interface Answer {
  /** The context of the span in which the handler ran. */
  readonly own: { traceId: string; spanId: string; traceFlags: number }
  /** The headers that its upstream received. */
  readonly upstream: Record<string, string>
}

/** Sends a GET request to `traced.mjs`. */
export async function fetchAnswer(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  return (await (await fetch(url, { headers })).json()) as Answer
}

/** The spans of a trace, each with the name of its parent: `none` for a root, `the caller` for a remote parent. */
export const spanTree = (spans: readonly StoredSpan[]) =>
  spans.map(({ parentSpanId, kind, name }) => ({
    kind,
    name,
    parent:
      spans.find((span) => span.spanId === parentSpanId)?.name ??
      (parentSpanId === '' ? 'none' : 'the caller'),
  }))

/** Scrapes until no event stream is in flight, and returns that scrape. */
export async function scrapeWhenIdle(url: string): Promise<Scrape> {
  return eventually(async () => {
    const scraped = await scrape(`${url}/metrics`)
    return scraped.values('sse_connections_in_flight')[''] === 0 ? scraped : undefined
  })
}
