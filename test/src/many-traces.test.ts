import { describe, expect, it } from 'vitest'
import { sendAll } from './load.ts'
import { type Answer, scrapeWhenIdle, spanTree, startTraced, waitForSpans } from './traced-app.ts'

describe('many concurrent requests', () => {
  it('at 100 % have one complete trace each, without orphaned, duplicate or missing spans', async () => {
    const requests = 900 // the sink keeps a thousand traces
    const app = startTraced({ OTEL_BSP_MAX_QUEUE_SIZE: '10000' })
    const url = await app.url()
    const urls = Array.from({ length: requests }, (_, n) => ({
      url: `${url}/${n % 2 === 0 ? 'fetch' : 'http'}/${n}`,
    }))
    const answers: Answer[] = (await sendAll(urls, 64)).map((body) => JSON.parse(body))
    await app.kill()
    const broken = []
    for (const { own, upstream } of answers) {
      const spans = await waitForSpans(own.traceId, 2)
      const server = spans.find(({ kind }) => kind === 'server')
      const client = spans.find(({ kind }) => kind === 'client')
      const isWhole =
        spans.length === 2 &&
        server?.spanId === own.spanId &&
        server.parentSpanId === '' &&
        client?.parentSpanId === server.spanId &&
        upstream['traceparent'] === `00-${own.traceId}-${client.spanId}-03`
      if (!isWhole) broken.push(spanTree(spans))
    }
    expect(broken).toEqual([])
    expect(new Set(answers.map(({ own }) => own.traceId)).size).toBe(requests)
  })

  it('at 10 % have exemplars of exported traces and of their own series only', async () => {
    const app = startTraced({ VR_TRACING_SAMPLE_RATIO: '0.1' }, 'routes.mjs')
    const url = await app.url()
    const routes = Array.from({ length: 2000 }, (_, n) => `/${n % 3 === 0 ? 'stream' : 'route'}${n % 8}/{id}`)
    const bodies = await sendAll(
      routes.map((route, n) => ({ url: url + route.replace('{id}', String(n)) })),
      16,
    )
    const seen = new Map(
      bodies.map((body, n) => [JSON.parse(body.replace(/^data: /, '')).traceId, routes[n]]),
    )
    const scraped = await scrapeWhenIdle(url)
    const exemplars = scraped.samples.filter(({ exemplar }) => exemplar !== undefined)
    expect(exemplars.length).toBeGreaterThan(10)
    for (const { labels, exemplar } of exemplars) {
      const traceId = exemplar?.labels['trace_id'] as string
      expect(seen.get(traceId)).toBe(labels['route'])
      expect(
        (await waitForSpans(traceId, 1)).some(({ spanId }) => spanId === exemplar?.labels['span_id']),
      ).toBe(true)
    }
    await app.kill()
  })
})
