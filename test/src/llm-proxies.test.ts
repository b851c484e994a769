import fc from 'fast-check'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { check } from '../llm/check-property.ts'
import { sendRequest } from '../llm/client.ts'
import { Engine } from '../llm/engine.ts'
import type { Exchange } from '../llm/exchange.ts'
import { type ClientErrors, expectedSeries, type Series, seriesName } from '../llm/expected-series.ts'
import { plan } from '../llm/plan.ts'
import { eventually, RunningApp } from './running-app.ts'
import { type Scrape, scrape } from './scrape.ts'

const engine = new Engine()
let engineUrl: string

beforeAll(async () => {
  engineUrl = await engine.listen()
})

afterAll(() => engine.close())

/** Metrics of which the test expects all series. */
const COUNTED = [
  'http_requests_total',
  'sse_streams_total',
  'sse_events_total',
  'tool_calls_requested_total',
  'tool_calls_executed_total',
  'tool_errors_total',
  'upstream_attempts_total',
  'gateway_overhead_seconds_count',
  'gen_ai_client_operation_duration_seconds_count',
  'gen_ai_client_token_usage_count',
  'gen_ai_client_token_usage_sum',
  'gen_ai_client_operation_time_to_first_chunk_seconds_count',
  'gen_ai_client_operation_time_per_output_chunk_seconds_count',
  'vr_otel_gen_ai_cache_read_input_tokens_total',
  'vr_otel_gen_ai_reasoning_output_tokens_total',
  'vr_otel_gen_ai_streams_without_usage_total',
  'vr_otel_internal_errors_total',
]

/** Time for the calls of the proxy to end after its clients. */
const WITHIN = { timeout: 10_000, interval: 20 }

const SAME_FOR_ALL = ['server_address', 'server_port', 'gen_ai_provider_name']

async function scrapeWhenIdle(url: string): Promise<Scrape> {
  return eventually(async () => {
    const scraped = await scrape(`${url}/metrics`)
    const inFlight = ['http_in_flight_requests', 'sse_connections_in_flight']
    return inFlight.every((name) => scraped.values(name)[''] === 0) ? scraped : undefined
  })
}

/** Returns the sums of the counted series over the labels that are the same for all calls. */
function countsOf(scraped: Scrape): Series {
  const sums: Record<string, number> = {}
  for (const name of COUNTED) {
    for (const { labels, value } of scraped.named(name)) {
      const kept = Object.fromEntries(Object.entries(labels).filter(([key]) => !SAME_FOR_ALL.includes(key)))
      const series = seriesName(name, kept)
      sums[series] = (sums[series] ?? 0) + value
    }
  }
  return sums
}

function increases(before: Series, after: Series): Series {
  const changes = Object.entries(after).map(
    ([series, value]) => [series, value - (before[series] ?? 0)] as const,
  )
  return Object.fromEntries(changes.filter(([, change]) => change !== 0))
}

it.each<[string, ClientErrors]>([
  ['fastify', { left: 'AbortError', leftInAnswer: 'AbortError', died: 'UND_ERR_SOCKET' }],
  ['http-proxy-3', { left: 'ECONNRESET', leftInAnswer: 'AbortError', died: 'ECONNRESET' }],
  ['undici', { left: 'AbortError', leftInAnswer: 'AbortError', died: 'UND_ERR_SOCKET' }],
  ['fetch', { left: 'AbortError', leftInAnswer: 'AbortError', died: 'UND_ERR_SOCKET' }],
])(
  'counts what an engine sends through a proxy by %s, when clients leave and engines die at any point',
  async (library, errors) => {
    const proxy = new RunningApp('llm-proxies.mjs', { env: { PROXY: library, ENGINE_URL: engineUrl } })
    const url = await proxy.url()
    await (await fetch(`${url}/v1/models`)).text()
    const before = countsOf(await scrapeWhenIdle(url))
    const exchanges: Exchange[] = []
    const property = fc.asyncProperty(fc.array(plan, { minLength: 20, maxLength: 40 }), async (plans) => {
      const added = plans.map((one) => engine.plan(one))
      exchanges.push(...added)
      const received = await Promise.all(added.map((exchange) => sendRequest(url, exchange)))
      expect(received.map(({ text }) => text)).toEqual(added.map(({ sentText }) => sentText))
      expect(added.filter(({ attempts }) => attempts !== 1)).toEqual([])
      await vi.waitFor(async () => {
        const after = countsOf(await scrapeWhenIdle(url))
        expect(increases(before, after)).toEqual(expectedSeries(exchanges, errors))
      }, WITHIN)
    })
    await check(property, 6)
    await proxy.kill()
    expect(proxy.stderr.split('\n')).toHaveLength(2)
  },
)
