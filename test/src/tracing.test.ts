import http from 'node:http'
import http2 from 'node:http2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StoredSpan } from '../../examples/src/otlp-sink/store.ts'
import { eventually, RunningApp } from './running-app.ts'
import { type Scrape, scrape } from './scrape.ts'

const TRACE = 'a'.repeat(32)
const SPAN = 'b'.repeat(16)

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
  const [, port = ''] = await sink.says(/grpc:\/\/127\.0\.0\.1:(\d+)/)
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

function start(env: Record<string, string> = {}, app = 'traced.mjs'): RunningApp {
  return new RunningApp(app, { env: { ...collector, VR_TRACING_SAMPLE_RATIO: '1', ...env } })
}

/** The spans of a trace, once there are so many of them. */
async function spansOf(traceId: string, count: number): Promise<StoredSpan[]> {
  return eventually(async () => {
    const answer = await fetch(`${sinkUrl}/traces/${traceId}`)
    if (answer.status !== 200) return undefined
    const { spans } = (await answer.json()) as { spans: StoredSpan[] }
    return spans.length >= count ? spans : undefined
  })
}

interface Answer {
  readonly own: { traceId: string; spanId: string; traceFlags: number }
  readonly upstream: Record<string, string>
}

async function ask(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  return (await (await fetch(url, { headers })).json()) as Answer
}

const tree = (spans: readonly StoredSpan[]) =>
  spans.map(({ parentSpanId, kind, name }) => ({
    kind,
    name,
    parent:
      spans.find((span) => span.spanId === parentSpanId)?.name ??
      (parentSpanId === '' ? 'none' : 'the caller'),
  }))

describe('a sampled request', () => {
  it.each([
    ['fetch', 'GET /fetch/:id'],
    ['http', 'GET /http/:id'],
  ])('has one tree, by %s: the server span, and the call below it', async (how, name) => {
    const app = start()
    const { own, upstream } = await ask(`${await app.url()}/${how}/1`)
    const spans = await spansOf(own.traceId, 2)
    expect(tree(spans)).toEqual(
      expect.arrayContaining([
        { kind: 'server', name, parent: 'none' },
        { kind: 'client', name: 'GET', parent: name },
      ]),
    )
    expect(spans).toHaveLength(2)
    const client = spans.find(({ kind }) => kind === 'client')
    expect(upstream['traceparent']).toBe(`00-${own.traceId}-${client?.spanId}-01`)
    await app.kill()
  })

  it('has its tool calls below it, and their calls below them', async () => {
    const app = start()
    const { own } = await ask(`${await app.url()}/tool/1`)
    const spans = await spansOf(own.traceId, 4)
    expect(tree(spans)).toEqual(
      expect.arrayContaining([
        { kind: 'server', name: 'GET /tool/:id', parent: 'none' },
        { kind: 'internal', name: 'execute_tool function', parent: 'GET /tool/:id' },
        { kind: 'client', name: 'GET', parent: 'execute_tool function' },
        { kind: 'internal', name: 'execute_tool mcp', parent: 'GET /tool/:id' },
      ]),
    )
    const failed = spans.find(({ name }) => name === 'execute_tool mcp')
    expect(failed).toMatchObject({ status: { code: 'error' }, attributes: { 'error.type': 'tool_error' } })
    await app.kill()
  })

  it('goes on with the trace of its caller', async () => {
    const app = start({ VR_TRACING_SAMPLE_RATIO: '0' })
    const { own } = await ask(`${await app.url()}/fetch/1`, {
      traceparent: `00-${TRACE}-${SPAN}-01`,
      tracestate: 'vendor=1',
    })
    expect(own).toMatchObject({ traceId: TRACE, traceFlags: 1 })
    const [server] = (await spansOf(TRACE, 2)).filter(({ kind }) => kind === 'server')
    expect(server?.parentSpanId).toBe(SPAN)
    await app.kill()
  })

  it('begins a trace of its own, with a link, where callers are not trusted', async () => {
    const app = start({ VR_TRACING_TRUST_PARENT: 'false' })
    const { own } = await ask(`${await app.url()}/fetch/1`, {
      traceparent: `00-${'c'.repeat(32)}-${SPAN}-00`,
    })
    expect(own.traceId).not.toBe('c'.repeat(32))
    const [server] = (await spansOf(own.traceId, 2)).filter(({ kind }) => kind === 'server')
    expect(server).toMatchObject({ parentSpanId: '', links: [{ traceId: 'c'.repeat(32), spanId: SPAN }] })
    await app.kill()
  })
})

describe('an unsampled request', () => {
  it.each(['fetch', 'http'])('passes its ids on by %s, and makes no span', async (how) => {
    const app = start({ VR_TRACING_SAMPLE_RATIO: '0' })
    const url = await app.url()
    const fresh = await ask(`${url}/${how}/1`)
    expect(fresh.own).toMatchObject({ traceFlags: 0 })
    expect(fresh.upstream['traceparent']).toBe(`00-${fresh.own.traceId}-${fresh.own.spanId}-00`)
    const parent = { traceparent: `00-${'d'.repeat(32)}-${SPAN}-00`, tracestate: 'vendor=1' }
    const continued = await ask(`${url}/${how}/1`, parent)
    expect(continued.own).toMatchObject({ traceId: 'd'.repeat(32), traceFlags: 0 })
    expect(continued.upstream).toMatchObject({
      traceparent: `00-${'d'.repeat(32)}-${continued.own.spanId}-00`,
      tracestate: 'vendor=1',
    })
    await app.kill()
    expect((await fetch(`${sinkUrl}/traces/${'d'.repeat(32)}`)).status).toBe(404)
  })

  it('is every one on an excluded path, whatever its caller says', async () => {
    const app = start()
    const { own } = await ask(`${await app.url()}/health`, { traceparent: `00-${'e'.repeat(32)}-${SPAN}-01` })
    expect(own).toMatchObject({ traceId: 'e'.repeat(32), traceFlags: 0 })
    await app.kill()
    expect((await fetch(`${sinkUrl}/traces/${'e'.repeat(32)}`)).status).toBe(404)
  })
})

describe('baggage', () => {
  it.each([
    ['none is named', {}, undefined],
    ['one is named', { VR_TRACING_BAGGAGE: 'tenant' }, 'tenant=a'],
    ['all are allowed', { VR_TRACING_BAGGAGE: '*' }, 'tenant=a,secret=b'],
  ])('goes upstream where it may: %s', async (_what, env, sent) => {
    for (const ratio of ['0', '1']) {
      const app = start({ ...env, VR_TRACING_SAMPLE_RATIO: ratio })
      const { upstream } = await ask(`${await app.url()}/baggage`, { baggage: 'tenant=a,secret=b' })
      expect(upstream['baggage']).toBe(sent)
      await app.kill()
    }
  })
})

/** Reads a stream until it ends or, with `leave`, until its first event; gives its trace. */
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

async function settled(url: string): Promise<Scrape> {
  return eventually(async () => {
    const scraped = await scrape(`${url}/metrics`)
    return scraped.values('sse_connections_in_flight')[''] === 0 ? scraped : undefined
  })
}

describe('the span of a stream', () => {
  it.each<[string, string, boolean, string, string | undefined]>([
    ['completed', 'completed', false, 'unset', undefined],
    ['failed', 'upstream_error', false, 'error', 'upstream_error'],
    ['engine', 'upstream_error', false, 'error', 'upstream_error'],
    ['destroyed', 'server_error', false, 'error', 'server_error'],
    ['said', 'upstream_error', false, 'error', 'upstream_error'],
    ['hang', 'client_abort', true, 'unset', 'client_abort'],
  ])(
    'that is %s tells the outcome that the metrics tell: %s',
    async (how, outcome, leave, code, errorType) => {
      const app = start()
      const url = await app.url()
      const traceId = await readStream(`${url}/stream/${how}`, leave)
      const scraped = await settled(url)
      expect(scraped.values('sse_streams_total')).toEqual({ [`outcome=${outcome},route=/stream/{how}`]: 1 })
      const exemplar = scraped
        .named('sse_streams_total')
        .find(({ exemplar }) => exemplar !== undefined)?.exemplar
      expect(exemplar?.labels['trace_id']).toBe(traceId)
      const server = (await spansOf(traceId, 1)).find(({ kind }) => kind === 'server')
      expect(exemplar?.labels['span_id']).toBe(server?.spanId)
      expect(server).toMatchObject({ name: 'GET /stream/:how', status: { code } })
      expect(server?.attributes).toMatchObject({
        'vr_otel.sse.outcome': outcome,
        'http.response.status_code': 200,
      })
      expect(Number(server?.attributes['vr_otel.sse.events'])).toBeGreaterThan(0)
      expect(server?.attributes['error.type']).toBe(errorType)
      await app.kill()
    },
  )
})

describe('the span of a request', () => {
  it('whose client left before any answer has no status code', async () => {
    const app = start()
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
    const [server] = await spansOf('f'.repeat(32), 1)
    expect(server?.attributes).toMatchObject({ 'error.type': 'client_abort', 'http.route': '/hang' })
    expect(server?.attributes).not.toHaveProperty('http.response.status_code')
    expect(Object.keys(server?.attributes ?? {}).filter((key) => key.startsWith('vr_otel'))).toEqual([])
    await app.kill()
  })

  it('that fails is an error, and one that is not known is named HTTP', async () => {
    const app = start()
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
    const [failed] = await spansOf(ids[0], 1)
    expect(failed).toMatchObject({
      status: { code: 'error' },
      attributes: { 'error.type': '500', 'http.response.status_code': 500 },
    })
    const [other] = await spansOf(ids[1], 1)
    expect(other).toMatchObject({ name: 'HTTP', status: { code: 'unset' } })
    await app.kill()
  })
})

describe('a secret in a query', () => {
  it.each(['fetch', 'http'])('is in no span, by %s', async (how) => {
    const app = start()
    const { own } = await ask(`${await app.url()}/${how}/1?token=s3cret&m=2`)
    const spans = await spansOf(own.traceId, 2)
    expect(JSON.stringify(spans)).not.toContain('s3cret')
    const attributes = (kind: string) => spans.find((span) => span.kind === kind)?.attributes
    expect(attributes('server')?.['url.query']).toMatch(/token=REDACTED&m=2$/)
    expect(attributes('client')?.['url.full']).toMatch(/\/x\?api_key=REDACTED&n=1$/)
    await app.kill()
  })
})

describe('HTTP/2', () => {
  it.each(['0', '1'])('has server spans by the same rules, at a ratio of %s', async (ratio) => {
    const app = start({ VR_TRACING_SAMPLE_RATIO: ratio }, 'http2.mjs')
    const session = http2.connect(await app.url())
    const body = await new Promise<string>((resolve) => {
      let text = ''
      const request = session.request({ ':path': '/v1/things?x=1&key=s3cret' })
      request.on('data', (data) => (text += data)).on('end', () => resolve(text))
      request.end()
    })
    session.close()
    const { traceId, traceFlags } = JSON.parse(body)
    expect(traceFlags).toBe(Number(ratio))
    if (ratio === '1') {
      const [server] = await spansOf(traceId, 1)
      expect(server).toMatchObject({
        kind: 'server',
        name: 'GET /v1/:thing',
        parentSpanId: '',
        attributes: {
          'url.path': '/v1/things',
          'url.query': 'x=1&key=REDACTED',
          'http.response.status_code': 200,
          'network.protocol.version': '2',
        },
      })
    }
    await app.kill()
  })
})

describe('many requests at once', () => {
  it('at 100 %: each is one whole tree, nothing is orphaned, doubled or missing', async () => {
    const requests = 900 // the sink keeps a thousand traces
    const app = start({ OTEL_BSP_MAX_QUEUE_SIZE: '10000' })
    const url = await app.url()
    const agent = new http.Agent({ keepAlive: true, maxSockets: 64 })
    const answers: Answer[] = []
    let next = 0
    const worker = async (): Promise<void> => {
      while (next < requests) {
        const n = next++
        const body = await new Promise<string>((resolve, reject) => {
          http
            .get(`${url}/${n % 2 === 0 ? 'fetch' : 'http'}/${n}`, { agent }, (response) => {
              let text = ''
              response.on('data', (data) => (text += data)).on('end', () => resolve(text))
            })
            .on('error', reject)
        })
        answers.push(JSON.parse(body))
      }
    }
    await Promise.all(Array.from({ length: 64 }, worker))
    agent.destroy()
    await app.kill()
    const broken = []
    for (const { own, upstream } of answers) {
      const spans = await spansOf(own.traceId, 2)
      const server = spans.find(({ kind }) => kind === 'server')
      const client = spans.find(({ kind }) => kind === 'client')
      const isWhole =
        spans.length === 2 &&
        server?.spanId === own.spanId &&
        server.parentSpanId === '' &&
        client?.parentSpanId === server.spanId &&
        upstream['traceparent'] === `00-${own.traceId}-${client.spanId}-01`
      if (!isWhole) broken.push(tree(spans))
    }
    expect(broken).toEqual([])
    expect(new Set(answers.map(({ own }) => own.traceId)).size).toBe(requests)
  })

  it('at 10 %: every exemplar is of a sampled trace that the backend has, and is of its series', async () => {
    const app = start({ VR_TRACING_SAMPLE_RATIO: '0.1' }, 'routes.mjs')
    const url = await app.url()
    const agent = new http.Agent({ keepAlive: true, maxSockets: 16 })
    const seen = new Map<string, string>()
    let next = 0
    const worker = async (): Promise<void> => {
      while (next < 2000) {
        const n = next++
        const route = `/${n % 3 === 0 ? 'stream' : 'route'}${n % 8}/{id}`
        const body = await new Promise<string>((resolve, reject) => {
          http
            .get(url + route.replace('{id}', String(n)), { agent }, (response) => {
              let text = ''
              response.on('data', (data) => (text += data)).on('end', () => resolve(text))
            })
            .on('error', reject)
        })
        seen.set(JSON.parse(body.replace(/^data: /, '')).traceId, route)
      }
    }
    await Promise.all(Array.from({ length: 16 }, worker))
    agent.destroy()
    const scraped = await settled(url)
    const exemplars = scraped.samples.filter(({ exemplar }) => exemplar !== undefined)
    expect(exemplars.length).toBeGreaterThan(10)
    for (const { labels, exemplar } of exemplars) {
      const traceId = exemplar?.labels['trace_id'] as string
      expect(seen.get(traceId)).toBe(labels['route'])
      expect((await spansOf(traceId, 1)).some(({ spanId }) => spanId === exemplar?.labels['span_id'])).toBe(
        true,
      )
    }
    await app.kill()
  })
})
