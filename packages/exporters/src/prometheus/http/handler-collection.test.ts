import type { CollectionResult } from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { captureDiagnostics } from '../../testing/diagnostics.ts'
import { request } from '../../testing/loopback.ts'
import { collection, PLAIN } from '../../testing/metric-data.ts'
import { SMALL, SMALL_TEXT, serveUntilEnd, startEndpoint } from '../../testing/scrape-endpoint.ts'
import { ScrapeCoordinator } from '../scrape/scrape-coordinator.ts'
import { createHandler } from './handler.ts'

describe('concurrent scrapes', () => {
  it('share a collection, and the body if they request the same', async () => {
    const released = Promise.withResolvers<CollectionResult>()
    let collected = 0
    const scrapes = new ScrapeCoordinator(() => {
      collected += 1
      return released.promise
    }, PLAIN)
    const handler = createHandler(scrapes, undefined)
    let arrived = 0
    const all = Promise.withResolvers<void>()
    const port = await serveUntilEnd((request, response) => {
      handler(request, response)
      arrived += 1
      if (arrived === 50) all.resolve()
    })
    const accept = 'application/openmetrics-text'
    const responses = Array.from({ length: 50 }, (_, at) =>
      request(port, at % 2 ? { headers: { accept } } : {}),
    )
    await all.promise
    released.resolve(SMALL)
    const bodies = (await Promise.all(responses)).map(({ body }) => body.toString())
    expect(collected).toBe(1)
    expect(new Set(bodies)).toEqual(
      new Set([SMALL_TEXT, '# TYPE c counter\nc_total 1\n# TYPE g gauge\ng 2\n# EOF\n']),
    )
    await request(port)
    expect(collected).toBe(2)
  })
})

describe('more concurrent scrapes of one address than the limit', () => {
  it('get 503 with Retry-After, and later ones succeed', async () => {
    const released = Promise.withResolvers<CollectionResult>()
    const port = await startEndpoint(() => released.promise)
    const refused = Promise.withResolvers<void>()
    let refusals = 0
    const responses = Array.from({ length: 110 }, async () => {
      const received = await request(port)
      if (received.status === 503) refusals += 1
      if (refusals === 10) refused.resolve()
      return received
    })
    await refused.promise
    released.resolve(SMALL)
    const all = await Promise.all(responses)
    const [ok, refusedOnes] = [200, 503].map((status) => all.filter((received) => received.status === status))
    expect([ok?.length, refusedOnes?.length, refusedOnes?.[0]?.headers['retry-after']]).toEqual([
      100,
      10,
      '1',
    ])
    expect((await request(port)).status).toBe(200)
  })
})

describe('a collection', () => {
  it('that fails in part is exposed without the failed instruments, which are logged once', async () => {
    const { messages, stop } = captureDiagnostics()
    const port = await startEndpoint(async () =>
      collection(SMALL.resourceMetrics, [new Error('one callback')]),
    )
    const responses = [await request(port), await request(port)]
    stop()
    expect(responses.map(({ status, body }) => [status, body.toString()])).toEqual([
      [200, SMALL_TEXT],
      [200, SMALL_TEXT],
    ])
    expect(messages).toEqual(['warn: prometheus: an instrument could not be collected: Error: one callback'])
  })

  it('that fails gives 500; its start and end are logged once', async () => {
    const { messages, stop } = captureDiagnostics()
    let scrape = 0
    const port = await startEndpoint(async () => {
      scrape += 1
      if (scrape === 1) throw new Error('all gone')
      return SMALL
    })
    const responses = [await request(port), await request(port)]
    stop()
    expect(responses.map(({ status, body }) => [status, body.toString()])).toEqual([
      [500, 'metrics could not be collected\n'],
      [200, SMALL_TEXT],
    ])
    expect(messages).toEqual([
      'error: prometheus: a scrape failed with status 500: Error: all gone',
      'error: prometheus: scrapes succeed again',
    ])
  })

  it('that never ends gives 503 within the timeout of the scraper; the next scrape collects again', async () => {
    const { messages, stop } = captureDiagnostics()
    let scrape = 0
    const limits: number[] = []
    const port = await startEndpoint(({ timeoutMillis }) => {
      limits.push(timeoutMillis)
      scrape += 1
      return scrape === 1 ? new Promise(() => {}) : Promise.resolve(SMALL)
    })
    const headers = { 'x-prometheus-scrape-timeout-seconds': '1.6' }
    const responses = [await request(port, { headers }), await request(port)]
    stop()
    expect(responses.map(({ status, body }) => [status, body.toString()])).toEqual([
      [503, 'collecting the metrics took longer than 1100 ms\n'],
      [200, SMALL_TEXT],
    ])
    expect(limits).toEqual([880, 8000])
    expect(messages[0]).toBe(
      "error: prometheus: a scrape failed with status 503: collecting the metrics took longer than 1100 ms; find the slow observable callback, or raise the scraper's scrape_timeout",
    )
  })
})

describe('the timeout of a scraper', () => {
  it.each([
    ['15', 11_600],
    ['0.001', 800],
    ['-1', 800],
    ['1e9', 48_000],
    ['soon', 8000],
  ])('of %s s gives instruments %s ms', async (header, expected) => {
    const limits: number[] = []
    const port = await startEndpoint(async ({ timeoutMillis }) => {
      limits.push(timeoutMillis)
      return SMALL
    })
    await request(port, { headers: { 'x-prometheus-scrape-timeout-seconds': header } })
    expect(limits).toEqual([expected])
  })
})
