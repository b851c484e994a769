import http from 'node:http'
import { describe, expect, it } from 'vitest'
import { eventually } from './running-app.ts'
import { scrape } from './scrape.ts'
import { fetchAnswer, scrapeWhenIdle, startTraced, waitForSpans } from './traced-app.ts'

const SPAN = 'b'.repeat(16)

/** Reads a stream until it ends or, with `leave`, until its first event; returns its trace id. */
function readStream(url: string, leave: boolean): Promise<string> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent: false }, (response) => {
      const traceId = String(response.headers['x-trace-id'])
      response.on('data', () => leave && request.destroy())
      response.on('close', () => resolve(traceId))
      response.on('error', () => resolve(traceId))
    })
    request.on('error', () => {})
  })
}

describe('the span of a stream', () => {
  it.each<[string, string, boolean, string, string | undefined]>([
    ['completed', 'completed', false, 'unset', undefined],
    ['failed', 'upstream_error', false, 'error', 'upstream_error'],
    ['engine', 'upstream_error', false, 'error', 'upstream_error'],
    ['destroyed', 'server_error', false, 'error', 'server_error'],
    ['outcome-set', 'upstream_error', false, 'error', 'upstream_error'],
    ['hang', 'client_abort', true, 'unset', 'client_abort'],
  ])('at /stream/%s has the outcome of its metrics: %s', async (how, outcome, leave, code, errorType) => {
    const app = startTraced()
    const url = await app.url()
    const traceId = await readStream(`${url}/stream/${how}`, leave)
    const scraped = await scrapeWhenIdle(url)
    expect(scraped.values('sse_streams_total')).toEqual({ [`outcome=${outcome},route=/stream/{how}`]: 1 })
    const exemplar = scraped
      .named('sse_streams_total')
      .find(({ exemplar }) => exemplar !== undefined)?.exemplar
    expect(exemplar?.labels['trace_id']).toBe(traceId)
    const server = (await waitForSpans(traceId, how === 'engine' ? 2 : 1)).find(
      ({ kind }) => kind === 'server',
    )
    expect(exemplar?.labels['span_id']).toBe(server?.spanId)
    expect(server).toMatchObject({ name: 'GET /stream/:how', status: { code } })
    expect(server?.attributes).toMatchObject({
      'vr_otel.sse.outcome': outcome,
      'http.response.status_code': 200,
    })
    expect(Number(server?.attributes['vr_otel.sse.events'])).toBeGreaterThan(0)
    expect(server?.attributes['error.type']).toBe(errorType)
    await app.kill()
  })
})

describe('the span of a call', () => {
  it.each([
    ['fetch-refused', 'ECONNREFUSED'],
    ['fetch-aborted', 'AbortError'],
    ['fetch-aborted-with-reason', 'RangeError'],
    ['fetch-timeout', 'TimeoutError'],
    ['fetch-body-cancelled', 'AbortError'],
    ['undici-aborted', 'AbortError'],
    ['undici-aborted-with-reason', 'RangeError'],
    ['undici-timeout', 'TimeoutError'],
    ['fetch-cut', 'UND_ERR_SOCKET'],
    ['fetch-aborted-with-symbol', '_OTHER'],
    ['http-refused', 'ECONNREFUSED'],
    ['http-aborted', 'AbortError'],
    ['http-aborted-with-reason', 'RangeError'],
    ['http-timeout', 'TimeoutError'],
    ['http-response-destroyed', 'AbortError'],
    ['http-destroyed', 'ECONNRESET'],
    ['http-destroyed-with-symbol', '_OTHER'],
    ['http-cut', 'ECONNRESET'],
    ['http-fails', '503'],
  ])('that ends as %s has the error.type of its metric: %s', async (how, errorType) => {
    const app = startTraced({ VR_METRICS_GROUPS: '+http_semconv' })
    const url = await app.url()
    const { own } = await fetchAnswer(`${url}/call/${how}`)
    const call = (await waitForSpans(own.traceId, 2)).find(({ kind }) => kind === 'client')
    const counted = await eventually(async () =>
      (await scrape(`${url}/metrics`))
        .named('http_client_request_duration_seconds_bucket')
        .find(({ exemplar }) => exemplar?.labels['span_id'] === call?.spanId),
    )
    expect(counted.labels['error_type']).toBe(errorType)
    expect(call?.attributes['error.type']).toBe(errorType)
    expect(app.stderr).not.toContain('ended Span')
    expect(call?.status.code).toBe('error')
    await app.kill()
  })
})

describe('a call by fetch with a method in lower case that fetch does not change', () => {
  it('has the same method on its span and its metric', async () => {
    const app = startTraced({ VR_METRICS_GROUPS: '+http_semconv' })
    const url = await app.url()
    const { own } = await fetchAnswer(`${url}/call/fetch-patch`)
    const call = (await waitForSpans(own.traceId, 2)).find(({ kind }) => kind === 'client')
    expect(call).toMatchObject({
      name: 'HTTP',
      attributes: {
        'http.request.method': '_OTHER',
        'http.request.method_original': 'patch',
        'url.query': 'a=1',
      },
    })
    const counted = await eventually(async () =>
      (await scrape(`${url}/metrics`)).named('http_client_request_duration_seconds_count').at(0),
    )
    expect(counted.labels).toMatchObject({
      http_request_method: '_OTHER',
      http_response_status_code: '400',
      network_protocol_version: '1.1',
    })
    await app.kill()
  })

  it('has no http.request.method_original if it is the same, and no url.query without a query', async () => {
    const app = startTraced()
    const { own } = await fetchAnswer(`${await app.url()}/call/fetch-refused`)
    const { attributes = {} } =
      (await waitForSpans(own.traceId, 2)).find(({ kind }) => kind === 'client') ?? {}
    expect(attributes).toMatchObject({ 'http.request.method': 'GET', 'url.full': 'http://127.0.0.1:2/' })
    expect(Object.keys(attributes)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/method_original|url\.query/)]),
    )
    await app.kill()
  })
})

describe('the span of a request', () => {
  it('that the client aborts before a response has no status code', async () => {
    const app = startTraced()
    const url = await app.url()
    const request = http.get(`${url}/hang`, {
      agent: false,
      headers: { traceparent: `00-${'f'.repeat(32)}-${SPAN}-01` },
    })
    request.on('error', () => {})
    await eventually(async () =>
      (await scrape(`${url}/metrics`)).values('http_in_flight_requests')[''] === 1 ? true : undefined,
    )
    request.destroy()
    const [server] = await waitForSpans('f'.repeat(32), 1)
    expect(server?.attributes).toMatchObject({ 'error.type': 'client_abort', 'http.route': '/hang' })
    expect(server?.attributes).not.toHaveProperty('http.response.status_code')
    expect(Object.keys(server?.attributes ?? {}).filter((key) => key.startsWith('vr_otel'))).toEqual([])
    await app.kill()
  })

  it('whose call times out has the error of its response, and the call has the name of its error', async () => {
    const app = startTraced()
    const { own } = await fetchAnswer(`${await app.url()}/slow-engine`)
    const spans = await waitForSpans(own.traceId, 2)
    const server = spans.find(({ kind }) => kind === 'server')
    expect(server?.attributes).toMatchObject({ 'error.type': '504', 'http.response.status_code': 504 })
    expect(spans.find(({ kind }) => kind === 'client')).toMatchObject({
      parentSpanId: own.spanId,
      status: { code: 'error' },
      attributes: { 'error.type': 'TimeoutError' },
    })
    await app.kill()
  })

  it('that fails has the status error, and one with an unknown method is named HTTP', async () => {
    const app = startTraced()
    const url = await app.url()
    const ids = ['1'.repeat(32), '2'.repeat(32)] as const
    await (await fetch(`${url}/fails`, { headers: { traceparent: `00-${ids[0]}-${SPAN}-01` } })).text()
    await new Promise((resolve) => {
      http
        .request(
          `${url}/x`,
          { method: 'PURGE', headers: { traceparent: `00-${ids[1]}-${SPAN}-01` } },
          (response) => response.resume().on('end', resolve),
        )
        .end()
    })
    const [failed] = await waitForSpans(ids[0], 1)
    expect(failed).toMatchObject({
      status: { code: 'error' },
      attributes: { 'error.type': '500', 'http.response.status_code': 500 },
    })
    const [other] = await waitForSpans(ids[1], 1)
    expect(other).toMatchObject({ name: 'HTTP', status: { code: 'unset' } })
    await app.kill()
  })
})
