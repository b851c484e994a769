import http2 from 'node:http2'
import net from 'node:net'
import { text } from 'node:stream/consumers'
import type { Attributes } from '@opentelemetry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, RunningApp } from './running-app.ts'
import { startTraced, waitForSpans } from './traced-app.ts'

/** The compared parts of a server span. */
interface ServerSpan {
  readonly name: string
  readonly attributes: Attributes
}

let ours: RunningApp
let theirs: RunningApp
let ourUrl: string
let theirUrl: string
let requests = 0

beforeAll(async () => {
  ours = startTraced({}, 'own-sdk.mjs')
  theirs = new RunningApp('own-sdk.mjs', { flag: false, env: { OWN_SDK: '1' } })
  ourUrl = await ours.url()
  theirUrl = await theirs.url()
})

afterAll(async () => {
  await ours.kill()
  await theirs.kill()
})

/** Sends a request byte for byte and reads until the server closes the connection. */
function send(url: string, lines: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(new URL(url).port), '127.0.0.1', () =>
      socket.write(`${lines.join('\r\n')}\r\n\r\n`),
    )
    socket
      .on('data', () => {})
      .on('close', () => resolve())
      .on('error', reject)
  })
}

const comparable = ({ name, attributes }: ServerSpan): ServerSpan => {
  const { 'network.peer.port': port, ...rest } = attributes
  return { name, attributes: { ...rest, 'network.peer.port': typeof port } }
}

/** Sends a request to the application with the flag and returns its server span. */
async function ourSpan(lines: readonly string[]): Promise<ServerSpan> {
  const traceId = (++requests).toString(16).padStart(32, 'a')
  await send(ourUrl, [...lines, `traceparent: 00-${traceId}-${'b'.repeat(16)}-01`])
  const [span] = await waitForSpans(traceId, 1)
  return comparable(span as ServerSpan)
}

/** Sends a request to the application with `@opentelemetry/instrumentation-http` and returns its server span. */
async function theirSpan(lines: readonly string[]): Promise<ServerSpan> {
  await send(theirUrl, lines)
  const [span] = await eventually(async () => {
    const spans = (await (await fetch(`${theirUrl}/exported`)).json()) as ServerSpan[]
    const exported = spans.filter(({ attributes }) => attributes['url.path'] !== '/exported')
    return exported.length > 0 ? exported : undefined
  })
  return comparable(span as ServerSpan)
}

const CLOSE = 'Connection: close'
const HOST = ['Host: gateway.example:8080', CLOSE]

/** Requests with equal spans. */
const EQUAL: readonly [name: string, lines: readonly string[]][] = [
  ['a path and a query', ['GET /v2/models?a=1&b=2 HTTP/1.1', ...HOST, 'User-Agent: me/1']],
  ['HEAD', ['HEAD / HTTP/1.1', ...HOST]],
  ['POST', ['POST /v2/responses HTTP/1.1', ...HOST, 'Content-Length: 0']],
  ['a host without a port', ['GET / HTTP/1.1', 'Host: gateway.example', CLOSE]],
  ['a host that is an IPv6 address', ['GET / HTTP/1.1', 'Host: [::1]:8080', CLOSE]],
  ['HTTP/1.0 without a host', ['GET /old HTTP/1.0']],
  ['a client failure', ['GET /404 HTTP/1.1', ...HOST]],
  ['a server failure', ['GET /503 HTTP/1.1', ...HOST]],
  ['a client behind a proxy', ['GET / HTTP/1.1', ...HOST, 'X-Forwarded-For: 10.0.0.1:99, 10.0.0.2']],
  ['an IPv6 client behind a proxy', ['GET / HTTP/1.1', ...HOST, 'Forwarded: for="[2001:db8::1]:99"']],
  ['a client that a proxy hides', ['GET / HTTP/1.1', ...HOST, 'Forwarded: for=unknown']],
  [
    'a host behind a proxy',
    ['GET / HTTP/1.1', ...HOST, 'X-Forwarded-Host: public.example:81', 'X-Forwarded-Proto: http'],
  ],
]

/** Requests with different spans: the reason, the request, and the name and attributes that differ in ours. */
const DIFFERENT: readonly [why: string, lines: readonly string[], ours: Record<string, unknown>][] = [
  [
    'the query is not serialized again',
    ['GET /p?x&a=%20&b=+&c=%zz&&d= HTTP/1.1', ...HOST],
    { 'url.query': 'x&a=%20&b=+&c=%zz&&d=' },
  ],
  ['the path is not normalized', ['GET /a/../b%2f|%zz HTTP/1.1', ...HOST], { 'url.path': '/a/../b%2f|%zz' }],
  [
    'two slashes start a path, not a host',
    ['GET //host/p?x=1 HTTP/1.1', ...HOST],
    { 'url.path': '//host/p', 'url.query': 'x=1' },
  ],
  ['an asterisk as request target', ['OPTIONS * HTTP/1.1', ...HOST], { 'url.path': '*' }],
  [
    'the scheme is that of the client, as the port is',
    ['GET / HTTP/1.1', ...HOST, 'X-Forwarded-Host: public.example', 'X-Forwarded-Proto: https'],
    { 'url.scheme': 'https' },
  ],
  [
    'the scheme is that of the proxy header if the proxy keeps the host',
    ['GET / HTTP/1.1', 'Host: public.example', CLOSE, 'X-Forwarded-Proto: https'],
    { 'url.scheme': 'https', 'server.port': 443 },
  ],
  [
    'the scheme is read from the header Forwarded too',
    ['GET / HTTP/1.1', ...HOST, 'Forwarded: for=10.0.0.1;host="public.example";proto=https'],
    { 'url.scheme': 'https' },
  ],
  [
    'a host behind a proxy has the default port of the scheme',
    ['GET / HTTP/1.1', ...HOST, 'X-Forwarded-Host: public.example, other.example'],
    { 'server.address': 'public.example', 'server.port': 80 },
  ],
  [
    'the span of a request whose listener throws ends with its response',
    ['GET /throws HTTP/1.1', ...HOST],
    { 'error.type': '500', 'http.response.status_code': 500 },
  ],
  ['the span of an unknown method is named HTTP', ['PURGE / HTTP/1.1', ...HOST], { name: 'HTTP' }],
]

describe('a server span', () => {
  it.each(EQUAL)('has the attributes of instrumentation-http: %s', async (_name, lines) => {
    expect(await ourSpan(lines)).toEqual(await theirSpan(lines))
  })

  it.each(DIFFERENT)(
    'differs from that of instrumentation-http: %s',
    async (_why, lines, { name, ...attributes }) => {
      const span = await theirSpan(lines)
      expect(await ourSpan(lines)).toEqual({
        name: name ?? span.name,
        attributes: { ...span.attributes, ...attributes },
      })
    },
  )
})

/** All attributes of a server span, without a route. */
const ALL = {
  'http.request.method': 'GET',
  'url.scheme': 'https',
  'url.path': '/p',
  'url.query': 'x=1',
  'server.address': 'public.example',
  'server.port': 443,
  'network.peer.address': '127.0.0.1',
  'network.peer.port': 'number',
  'network.protocol.version': '1.1',
  'client.address': '10.0.0.1',
  'user_agent.original': 'me/1',
  'http.response.status_code': 200,
}
const PROXIED = ['X-Forwarded-For: 10.0.0.1', 'X-Forwarded-Host: public.example', 'X-Forwarded-Proto: https']

describe('the server span has the same attributes for', () => {
  const lines = ['GET /p?x=1 HTTP/1.1', ...HOST, 'User-Agent: me/1', ...PROXIED]

  it.each<[string, readonly string[], Attributes]>([
    ['a plain request', [], {}],
    ['a request with Expect that the application handles', ['Expect: 100-continue'], {}],
    [
      'a request for an upgrade',
      ['Upgrade: websocket', 'Connection: upgrade'],
      { 'http.request.header.upgrade': ['websocket'], 'http.response.status_code': 400 },
    ],
  ])('%s', async (_name, more, attributes) => {
    expect(await ourSpan([...lines, ...more])).toEqual({ name: 'GET', attributes: { ...ALL, ...attributes } })
  })

  it('a request over HTTP/2', async () => {
    const app = startTraced({}, 'http2.mjs')
    const session = http2.connect(await app.url())
    const headers = Object.fromEntries([...PROXIED, 'User-Agent: me/1'].map((line) => line.split(': ')))
    const body = await text(session.request({ ':path': '/p?x=1', ...headers }))
    session.close()
    const [span] = await waitForSpans(JSON.parse(body).traceId, 1)
    const { 'http.route': route, ...attributes } = comparable(span as ServerSpan).attributes
    expect(route).toBe('/v1/:thing')
    expect(attributes).toEqual({ ...ALL, 'network.protocol.version': '2' })
    await app.kill()
  })
})

describe('a request whose listener throws and that is answered later', () => {
  it('has one span with the sent status and logs nothing', async () => {
    const traceId = 'e'.repeat(32)
    await send(ourUrl, ['GET /throws HTTP/1.1', ...HOST, `traceparent: 00-${traceId}-${'b'.repeat(16)}-01`])
    const spans = await waitForSpans(traceId, 1)
    expect(spans).toHaveLength(1)
    expect(spans[0]).toMatchObject({
      status: { code: 'error' },
      attributes: { 'http.response.status_code': 500 },
    })
    expect(ours.stderr.split('\n').filter((line) => /@vr\/otel (warn|error|info)/.test(line))).toEqual([])
  })
})

describe("a span of the application's own SDK", () => {
  it('has no internal attributes of ours and no status that was not sent', async () => {
    const app = new RunningApp('own-sdk.mjs', { env: { OWN_SDK: '1', VR_OTEL_GLOBALS: 'off' } })
    const url = await app.url()
    const socket = net.connect(Number(new URL(url).port), '127.0.0.1', () =>
      socket.end(`GET /hang HTTP/1.1\r\n${HOST.join('\r\n')}\r\n\r\n`),
    )
    await new Promise((resolve) => socket.on('close', resolve).resume())
    await (await fetch(`${url}/200`)).text()
    const spans = await eventually(async () => {
      const all = (await (await fetch(`${url}/exported`)).json()) as ServerSpan[]
      return all.some(({ attributes }) => attributes['url.path'] === '/hang') ? all : undefined
    })
    const spanOf = (path: string) => spans.find(({ attributes }) => attributes['url.path'] === path)
    expect(spanOf('/hang')?.attributes).toMatchObject({ 'error.type': 'client_abort' })
    expect(
      Object.keys(spanOf('/hang')?.attributes ?? {}).filter((key) => /vr_otel|status/.test(key)),
    ).toEqual([])
    expect(spanOf('/200')?.attributes).toMatchObject({ 'http.response.status_code': 200 })
    expect(app.stderr).not.toMatch(/@vr\/otel (warn|error)/)
    await app.kill()
  })
})
