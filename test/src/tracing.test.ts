import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import { describe, expect, it } from 'vitest'
import { type Certificates, createCertificates } from '../../packages/exporters/src/testing/certificates.ts'
import { type Answer, fetchAnswer, hasTrace, spanTree, startTraced, waitForSpans } from './traced-app.ts'

const TRACE = 'a'.repeat(32)
const SPAN = 'b'.repeat(16)
/** The flag `random` of W3C Trace Context level 2, which new traces have. */
const RANDOM = 2

const certificates = createCertificates()
if (certificates === undefined)
  console.warn('skipped: HTTP/1 on an HTTP/2 server needs openssl for certificates')

describe('a sampled request', () => {
  it.each([
    ['fetch', 'GET /fetch/:id'],
    ['http', 'GET /http/:id'],
  ])('has a server span with the call by %s as its child', async (how, name) => {
    const app = startTraced()
    const { own, upstream } = await fetchAnswer(`${await app.url()}/${how}/1`)
    const spans = await waitForSpans(own.traceId, 2)
    expect(spanTree(spans)).toEqual(
      expect.arrayContaining([
        { kind: 'server', name, parent: 'none' },
        { kind: 'client', name: 'GET', parent: name },
      ]),
    )
    expect(spans).toHaveLength(2)
    const client = spans.find(({ kind }) => kind === 'client')
    expect(upstream['traceparent']).toBe(`00-${own.traceId}-${client?.spanId}-03`)
    await app.kill()
  })

  it('has tool calls as children, and their calls as grandchildren', async () => {
    const app = startTraced()
    const { own } = await fetchAnswer(`${await app.url()}/tool/1`)
    const spans = await waitForSpans(own.traceId, 4)
    expect(spanTree(spans)).toEqual(
      expect.arrayContaining([
        { kind: 'server', name: 'GET /tool/:id', parent: 'none' },
        { kind: 'internal', name: 'execute_tool get_weather', parent: 'GET /tool/:id' },
        { kind: 'client', name: 'GET', parent: 'execute_tool get_weather' },
        { kind: 'internal', name: 'execute_tool mcp', parent: 'GET /tool/:id' },
      ]),
    )
    const named = spans.find(({ name }) => name === 'execute_tool get_weather')
    expect(named?.attributes).toMatchObject({
      'gen_ai.tool.name': 'get_weather',
      'vr_otel.tool_type': 'function',
    })
    const failed = spans.find(({ name }) => name === 'execute_tool mcp')
    expect(failed?.attributes).not.toHaveProperty(['gen_ai.tool.name'])
    expect(failed).toMatchObject({ status: { code: 'error' }, attributes: { 'error.type': 'tool_error' } })
    await app.kill()
  })

  it('continues the trace of its caller', async () => {
    const app = startTraced({ VR_TRACING_SAMPLE_RATIO: '0' })
    const { own } = await fetchAnswer(`${await app.url()}/fetch/1`, {
      traceparent: `00-${TRACE}-${SPAN}-01`,
      tracestate: 'vendor=1',
    })
    expect(own).toMatchObject({ traceId: TRACE, traceFlags: 1 })
    const [server] = (await waitForSpans(TRACE, 2)).filter(({ kind }) => kind === 'server')
    expect(server?.parentSpanId).toBe(SPAN)
    await app.kill()
  })

  it('starts a new trace with a link to the caller with VR_TRACING_TRUST_PARENT=false', async () => {
    const app = startTraced({ VR_TRACING_TRUST_PARENT: 'false' })
    const { own } = await fetchAnswer(`${await app.url()}/fetch/1`, {
      traceparent: `00-${'c'.repeat(32)}-${SPAN}-00`,
    })
    expect(own.traceId).not.toBe('c'.repeat(32))
    const [server] = (await waitForSpans(own.traceId, 2)).filter(({ kind }) => kind === 'server')
    expect(server).toMatchObject({ parentSpanId: '', links: [{ traceId: 'c'.repeat(32), spanId: SPAN }] })
    await app.kill()
  })
})

describe('an unsampled request', () => {
  it.each(['fetch', 'http'])('propagates its trace id by %s and has no span', async (how) => {
    const app = startTraced({ VR_TRACING_SAMPLE_RATIO: '0' })
    const url = await app.url()
    const fresh = await fetchAnswer(`${url}/${how}/1`)
    expect(fresh.own).toMatchObject({ traceFlags: RANDOM })
    const headerOf = (traceId: string, flags: string) =>
      expect.stringMatching(new RegExp(`^00-${traceId}-[0-9a-f]{16}-${flags}$`))
    expect(fresh.upstream['traceparent']).toEqual(headerOf(fresh.own.traceId, '02'))
    const parent = { traceparent: `00-${'d'.repeat(32)}-${SPAN}-00`, tracestate: 'vendor=1' }
    const continued = await fetchAnswer(`${url}/${how}/1`, parent)
    expect(continued.own).toMatchObject({ traceId: 'd'.repeat(32), traceFlags: 0 })
    expect(continued.upstream).toMatchObject({
      traceparent: headerOf('d'.repeat(32), '00'),
      tracestate: 'vendor=1',
    })
    await app.kill()
    expect(await hasTrace('d'.repeat(32))).toBe(false)
  })

  it('is every request of an excluded path, even if the caller is sampled', async () => {
    const app = startTraced()
    const { own } = await fetchAnswer(`${await app.url()}/health`, {
      traceparent: `00-${'e'.repeat(32)}-${SPAN}-01`,
    })
    expect(own).toMatchObject({ traceId: 'e'.repeat(32), traceFlags: 0 })
    await app.kill()
    expect(await hasTrace('e'.repeat(32))).toBe(false)
  })
})

describe('calls that wait for a connection in a pool of undici', () => {
  it.each(['0', '1'])('are in the traces of their requests at a ratio of %s', async (ratio) => {
    const app = startTraced({ VR_TRACING_SAMPLE_RATIO: ratio }, 'undici-pool.mjs')
    const url = await app.url()
    for (const how of ['request', 'fetch', 'global-fetch']) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => fetchAnswer(`${url}/${how}`)))
      const traces = answers.map(({ own }) => own.traceId)
      expect(new Set(traces).size).toBe(20)
      expect(answers.map(({ upstream }) => upstream['traceparent']?.slice(3, 35))).toEqual(traces)
    }
    await app.kill()
  })
})

describe('a request whose body arrives after its headers', () => {
  it.each([
    ['0', 'fetch', {}],
    ['0', 'http', {}],
    ['0', 'fetch', { ON_EXPECT: 'emit' }],
    ['0', 'fetch', { ON_EXPECT: 'answer' }],
    ['1', 'fetch', {}],
    ['1', 'http', {}],
    ['1', 'fetch', { ON_EXPECT: 'emit' }],
    ['1', 'fetch', { ON_EXPECT: 'answer' }],
  ])(
    'at a ratio of %s has the calls of its body listeners in its own trace, by %s: %j',
    async (ratio, how, env) => {
      const app = startTraced({ VR_TRACING_SAMPLE_RATIO: ratio, ...env }, 'body-listeners.mjs')
      const answer = await postAfterContinue(`${await app.url()}/${how}`, '{"input":"hello"}')
      const { own, upstream } = JSON.parse(answer) as Answer
      expect(own.traceId).toMatch(/^[0-9a-f]{32}$/)
      expect(upstream['traceparent']?.slice(0, 36)).toBe(`00-${own.traceId}-`)
      expect(upstream['traceparent']?.slice(-2)).toBe(ratio === '1' ? '03' : '02')
      if (ratio === '1') {
        const spans = await waitForSpans(own.traceId, 2)
        expect(spanTree(spans)).toEqual(
          expect.arrayContaining([
            { kind: 'server', name: 'POST', parent: 'none' },
            { kind: 'client', name: 'GET', parent: 'POST' },
          ]),
        )
        expect(spans).toHaveLength(2)
        expect(spans.find(({ kind }) => kind === 'server')?.attributes).toMatchObject({
          'http.request.method': 'POST',
          'http.response.status_code': 200,
          'url.path': `/${how}`,
          'url.scheme': 'http',
          'network.protocol.version': '1.1',
        })
      }
      await app.kill()
    },
  )
})

/** Sends a body after the server has answered `100 Continue`. */
function postAfterContinue(url: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', expect: '100-continue' }
    const request = http.request(url, { method: 'POST', headers }, (response) => {
      let text = ''
      response.on('data', (data) => (text += data)).on('end', () => resolve(text))
    })
    request.on('continue', () => request.end(body)).on('error', reject)
    request.flushHeaders()
  })
}

describe('baggage', () => {
  it.each([
    ['without VR_TRACING_BAGGAGE', {}, undefined],
    ['with one key', { VR_TRACING_BAGGAGE: 'tenant' }, 'tenant=a'],
    ['with *', { VR_TRACING_BAGGAGE: '*' }, 'tenant=a,secret=b'],
  ])('is propagated by its allowed keys: %s', async (_what, env, sent) => {
    for (const ratio of ['0', '1']) {
      const app = startTraced({ ...env, VR_TRACING_SAMPLE_RATIO: ratio })
      const { upstream } = await fetchAnswer(`${await app.url()}/baggage`, { baggage: 'tenant=a,secret=b' })
      expect(upstream['baggage']).toBe(sent)
      await app.kill()
    }
  })
})

describe('a secret in a query', () => {
  it.each(['fetch', 'http'])('is redacted on all spans, by %s', async (how) => {
    const app = startTraced()
    const { own } = await fetchAnswer(`${await app.url()}/${how}/1?token=s3cret&m=2`)
    const spans = await waitForSpans(own.traceId, 2)
    expect(JSON.stringify(spans)).not.toContain('s3cret')
    const attributes = (kind: string) => spans.find((span) => span.kind === kind)?.attributes
    expect(attributes('server')?.['url.query']).toMatch(/token=REDACTED&m=2$/)
    expect(attributes('client')?.['url.full']).toMatch(/\/x\?api_key=REDACTED&n=1$/)
    await app.kill()
  })
})

describe('HTTP/2', () => {
  it.each(['0', '1'])('has server spans as HTTP/1 has, at a ratio of %s', async (ratio) => {
    const app = startTraced({ VR_TRACING_SAMPLE_RATIO: ratio }, 'http2.mjs')
    const session = http2.connect(await app.url())
    const body = await new Promise<string>((resolve) => {
      let text = ''
      const request = session.request({ ':path': '/v1/things?x=1&key=s3cret&y=a?b' })
      request.on('data', (data) => (text += data)).on('end', () => resolve(text))
      request.end()
    })
    session.close()
    const { traceId, traceFlags } = JSON.parse(body)
    expect(traceFlags).toBe(Number(ratio) | RANDOM)
    if (ratio === '1') {
      const [server] = await waitForSpans(traceId, 1)
      expect(server).toMatchObject({
        kind: 'server',
        name: 'GET /v1/:thing',
        parentSpanId: '',
        attributes: {
          'url.path': '/v1/things',
          'url.query': 'x=1&key=REDACTED&y=a?b',
          'http.response.status_code': 200,
          'network.protocol.version': '2',
        },
      })
    }
    await app.kill()
  })

  it.skipIf(certificates === undefined)(
    'has server spans for HTTP/1 requests of a server with allowHTTP1',
    async () => {
      const { ca, server } = certificates as Certificates
      const env = { TLS_CERT: String(server.cert), TLS_KEY: String(server.key) }
      const app = startTraced(env, 'http2.mjs')
      const { port } = new URL(await app.url())
      const body = await new Promise<string>((resolve, reject) => {
        https
          .get({ host: 'localhost', port, path: '/v1/things', ca, agent: false }, (response) => {
            let text = ''
            response.on('data', (data) => (text += data)).on('end', () => resolve(text))
          })
          .on('error', reject)
      })
      const { traceId, spanId } = JSON.parse(body)
      const spans = await waitForSpans(traceId, 1)
      expect(spans).toHaveLength(1)
      expect(spans[0]).toMatchObject({
        spanId,
        kind: 'server',
        name: 'GET /v1/:thing',
        attributes: {
          'http.response.status_code': 200,
          'network.protocol.version': '1.1',
          'url.scheme': 'https',
        },
      })
      await app.kill()
    },
  )
})
