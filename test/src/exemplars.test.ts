import http, { Agent } from 'node:http'
import { describe, expect, it } from 'vitest'
import { eventually, RunningApp } from './running-app.ts'
import { type Scrape, scrape } from './scrape.ts'

const CONCURRENT = 16
const TRACING = { VR_TRACING_ENABLED: 'true', VR_TRACING_SAMPLE_RATIO: '1' }

/** Returns the trace id that a route answers with, over a kept-alive connection. */
function traceOf(agent: Agent, url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    http
      .get(url, { agent }, (response) => {
        let body = ''
        response.on('data', (data) => (body += data))
        response.on('end', () => resolve(JSON.parse(body.replace(/^data: /, '')).traceId))
      })
      .on('error', reject)
  })
}

async function drive(url: string, requests: number): Promise<Map<string, Set<string>>> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENT })
  const traces = new Map<string, Set<string>>()
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < requests) {
      const n = next++
      const route = `/${n % 3 === 0 ? 'stream' : 'route'}${n % 8}/{id}`
      const traceId = await traceOf(agent, `${url}${route.replace('{id}', String(n))}`)
      traces.set(route, (traces.get(route) ?? new Set()).add(traceId))
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT }, worker))
  agent.destroy()
  return traces
}

async function settled(url: string): Promise<Scrape> {
  return eventually(async () => {
    const scraped = await scrape(`${url}/metrics`)
    const inFlight = ['http_in_flight_requests', 'sse_connections_in_flight']
    return inFlight.every((name) => scraped.values(name)[''] === 0) ? scraped : undefined
  })
}

describe('exemplars', () => {
  it('have the trace id of a request of their series, with 16 concurrent kept-alive connections', async () => {
    const app = new RunningApp('routes.mjs', { env: TRACING })
    const url = await app.url()
    const traces = await drive(url, 480)
    const exemplars = (await settled(url)).samples.filter(({ exemplar }) => exemplar !== undefined)
    expect(exemplars.length).toBeGreaterThan(16)
    const ofOtherSeries = exemplars.filter(
      ({ labels, exemplar }) =>
        traces.get(labels['route'] as string)?.has(exemplar?.labels['trace_id'] as string) !== true,
    )
    expect(ofOtherSeries).toEqual([])
    await app.kill()
  })

  it('are on counters, and on the histogram bucket that contains their value', async () => {
    const app = new RunningApp('routes.mjs', { env: TRACING })
    const url = await app.url()
    await drive(url, 64)
    const scraped = await settled(url)
    for (const name of ['http_requests_total', 'http_request_duration_seconds_bucket', 'sse_streams_total']) {
      expect(scraped.named(name).some(({ exemplar }) => exemplar !== undefined)).toBe(true)
    }
    for (const { labels, exemplar } of scraped.named('http_request_duration_seconds_bucket')) {
      if (exemplar !== undefined)
        expect(exemplar.value).toBeLessThanOrEqual(Number(labels['le']?.replace('+Inf', 'Infinity')))
    }
    await app.kill()
  })

  it.each([
    ['tracing is off', {}],
    ['nothing is sampled', { ...TRACING, VR_TRACING_SAMPLE_RATIO: '0' }],
    ['they are switched off', { ...TRACING, VR_METRICS_EXEMPLARS: 'always_off' }],
  ])('are absent while %s', async (_why, env) => {
    const app = new RunningApp('routes.mjs', { env })
    const url = await app.url()
    await drive(url, 32)
    expect((await settled(url)).samples.filter(({ exemplar }) => exemplar !== undefined)).toEqual([])
    await app.kill()
  })
})
