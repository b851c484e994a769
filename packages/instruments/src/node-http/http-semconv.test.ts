import http, { type Server } from 'node:http'
import { type Context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/catalog.ts'
import { setRoute } from '../observation/observation-registry.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import { close, idle, listen, portOf } from '../testing/servers.ts'
import { type NodeHttpObservation, observeNodeHttp } from './observe-node-http.ts'

let provider: RecordingProvider
let observation: NodeHttpObservation
let active: Context = ROOT_CONTEXT
const servers: Server[] = []

beforeEach(() => {
  provider = new RecordingProvider()
  const instruments = new GatewayInstruments({
    meterProvider: provider,
    prefix: '',
    groups: ['http', 'sse', 'http_semconv'],
    activeContext: () => active,
  })
  observation = observeNodeHttp([http], { instruments })
})

afterEach(async () => {
  active = ROOT_CONTEXT
  observation.stop()
  await Promise.all(servers.splice(0).map(close))
})

async function serve(listener: http.RequestListener): Promise<string> {
  const server = await listen(listener)
  servers.push(server)
  return `http://127.0.0.1:${portOf(server)}`
}

const attributesOf = (name: string) =>
  provider.calls.filter((call) => call.name === name).map(({ attributes }) => attributes)

describe('http.server.*', () => {
  it('have the attributes of the semantic conventions', async () => {
    const url = await serve((request, response) => {
      if (request.url !== '/none') setRoute(request, '/users/:id')
      response.statusCode = request.url === '/fails' ? 503 : 200
      response.end()
    })
    for (const path of ['/users/1', '/fails', '/none']) await (await fetch(url + path)).text()
    await idle(provider)
    const base = { 'http.request.method': 'GET', 'url.scheme': 'http', 'network.protocol.version': '1.1' }
    expect(attributesOf('http.server.request.duration')).toEqual([
      { ...base, 'http.route': '/users/:id', 'http.response.status_code': 200 },
      { ...base, 'http.route': '/users/:id', 'http.response.status_code': 503, 'error.type': '503' },
      { ...base, 'http.response.status_code': 200 },
    ])
    expect(provider.sums('http.server.active_requests')).toEqual({
      'http.request.method=GET,url.scheme=http': 0,
    })
  })

  it('have no status if the client disconnects before headers, and the outcome of a stream as error.type', async () => {
    let arrived = (): void => {}
    const arrival = new Promise<void>((resolve) => (arrived = resolve))
    const url = await serve((request, response) => {
      if (request.url === '/hang') arrived()
      else {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.end('event: response.failed\ndata: {}\n\n')
      }
    })
    const request = http.get(`${url}/hang`, { agent: false }).on('error', () => {})
    await arrival
    request.destroy()
    await idle(provider)
    await (await fetch(`${url}/stream`)).text()
    await idle(provider)
    expect(attributesOf('http.server.request.duration')).toMatchObject([
      { 'error.type': 'client_abort' },
      { 'error.type': 'upstream_error', 'http.response.status_code': 200 },
    ])
    expect(attributesOf('http.server.request.duration')[0]).not.toHaveProperty('http.response.status_code')
  })
})

const UPGRADE = { connection: 'upgrade', upgrade: 'x' }

const tunnel = (url: string, path: string): http.ClientRequest =>
  http.request(url, { method: 'CONNECT', path }).end()

function aborted(request: http.ClientRequest): http.ClientRequest {
  request.abort()
  return request
}

describe('http.client.request.duration', () => {
  it.each<[string, (url: string) => Promise<unknown>]>([
    ['fetch', async (url) => (await fetch(url)).text()],
    [
      'node:http',
      (url) =>
        new Promise((resolve, reject) => {
          http.get(url, (response) => response.on('close', resolve).resume()).on('error', reject)
        }),
    ],
  ])('has the attributes of the semantic conventions for %s', async (_how, call) => {
    const url = await serve((request, response) => {
      response.statusCode = request.url === '/fails' ? 404 : 200
      response.end('ok')
    })
    const gone = await serve(() => {})
    await close(servers.pop() as Server)
    await call(url)
    await call(`${url}/fails`)
    await call(gone).catch(() => {})
    const base = { 'http.request.method': 'GET', 'server.address': '127.0.0.1' }
    const port = Number(new URL(url).port)
    const sent = { ...base, 'server.port': port, 'network.protocol.version': '1.1' }
    expect(attributesOf('http.client.request.duration')).toEqual([
      { ...sent, 'http.response.status_code': 200 },
      { ...sent, 'http.response.status_code': 404, 'error.type': '404' },
      { ...base, 'server.port': Number(new URL(gone).port), 'error.type': 'ECONNREFUSED' },
    ])
  })
  it.each<[string, (url: string) => http.ClientRequest, Record<string, unknown>]>([
    [
      'that is aborted before it has a socket',
      (url) => aborted(http.get(url)),
      { 'error.type': 'AbortError' },
    ],
    [
      'that is destroyed before it has a socket',
      (url) => http.get(url).destroy(),
      { 'error.type': 'ECONNRESET' },
    ],
    [
      'that switches to another protocol',
      (url) => http.get(url, { headers: UPGRADE }).on('upgrade', (_, socket) => socket.destroy()),
      { 'http.response.status_code': 101, 'network.protocol.version': '1.1' },
    ],
    [
      'that switches to another protocol without a listener',
      (url) => http.get(url, { headers: UPGRADE }),
      { 'http.response.status_code': 101, 'network.protocol.version': '1.1', 'error.type': 'ECONNRESET' },
    ],
    [
      'that opens a tunnel',
      (url) => tunnel(url, 'a:1').on('connect', (_, socket) => socket.destroy()),
      { 'http.response.status_code': 200, 'network.protocol.version': '1.1' },
    ],
    [
      'that is refused a tunnel',
      (url) => tunnel(url, 'no:1').on('connect', (_, socket) => socket.destroy()),
      { 'http.response.status_code': 407, 'network.protocol.version': '1.1', 'error.type': '407' },
    ],
    ['for a tunnel that is aborted', (url) => aborted(tunnel(url, 'a:1')), { 'error.type': 'AbortError' }],
  ])('counts a call by node:http %s once', async (_what, call, attributes) => {
    const url = await serve((_request, response) => response.end('ok'))
    const server = servers.at(-1) as Server
    server.on('upgrade', (_request, socket) =>
      socket.end('HTTP/1.1 101 Yes\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    )
    server.on('connect', (request, socket) =>
      socket.end(`HTTP/1.1 ${request.url === 'no:1' ? '407 No' : '200 Yes'}\r\n\r\n`),
    )
    const request = call(url).on('error', () => {})
    await new Promise((resolve) => request.on('close', () => setImmediate(resolve)))
    expect(attributesOf('http.client.request.duration')).toEqual([
      {
        'http.request.method': request.method,
        'server.address': '127.0.0.1',
        'server.port': Number(new URL(url).port),
        ...attributes,
      },
    ])
  })

  it('is not recorded for requests of exporters', async () => {
    const url = await serve((_request, response) => response.end('ok'))
    active = ROOT_CONTEXT.setValue(createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true)
    await new Promise((resolve) => http.get(url, (response) => response.on('close', resolve).resume()))
    await (await fetch(url)).text()
    await idle(provider)
    expect(attributesOf('http.client.request.duration')).toEqual([])
  })
})
