import http from 'node:http'
import { type Context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ObservedServers } from '../testing/observed-servers.ts'
import { close } from '../testing/servers.ts'

let servers: ObservedServers
let active: Context = ROOT_CONTEXT

beforeEach(() => {
  active = ROOT_CONTEXT
  servers = new ObservedServers({ groups: ['http', 'sse', 'http_semconv'], activeContext: () => active })
})

afterEach(() => servers.end())

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
    const url = await servers.serve((request, response) => {
      response.statusCode = request.url === '/fails' ? 404 : 200
      response.end('ok')
    })
    const gone = await servers.serve(() => {})
    await close(servers.lastServer)
    await call(url)
    await call(`${url}/fails`)
    await call(gone).catch(() => {})
    const base = { 'http.request.method': 'GET', 'server.address': '127.0.0.1' }
    const port = Number(new URL(url).port)
    const sent = { ...base, 'server.port': port, 'network.protocol.version': '1.1' }
    expect(servers.attributes('http.client.request.duration')).toEqual([
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
    const url = await servers.serve((_request, response) => response.end('ok'))
    const server = servers.lastServer
    server.on('upgrade', (_request, socket) =>
      socket.end('HTTP/1.1 101 Yes\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    )
    server.on('connect', (request, socket) =>
      socket.end(`HTTP/1.1 ${request.url === 'no:1' ? '407 No' : '200 Yes'}\r\n\r\n`),
    )
    const request = call(url).on('error', () => {})
    await new Promise((resolve) => request.on('close', () => setImmediate(resolve)))
    expect(servers.attributes('http.client.request.duration')).toEqual([
      {
        'http.request.method': request.method,
        'server.address': '127.0.0.1',
        'server.port': Number(new URL(url).port),
        ...attributes,
      },
    ])
  })

  it('is not recorded for requests of exporters', async () => {
    const url = await servers.serve((_request, response) => response.end('ok'))
    active = ROOT_CONTEXT.setValue(createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true)
    await new Promise((resolve) => http.get(url, (response) => response.on('close', resolve).resume()))
    await (await fetch(url)).text()
    await servers.idle()
    expect(servers.attributes('http.client.request.duration')).toEqual([])
  })
})
