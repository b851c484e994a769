import http from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { setRoute } from '../observation/observation-registry.ts'
import { ObservedServers } from '../testing/observed-servers.ts'

let servers: ObservedServers

beforeEach(() => {
  servers = new ObservedServers({ groups: ['http', 'sse', 'http_semconv'] })
})

afterEach(() => servers.end())

describe('http.server.*', () => {
  it('have the attributes of the semantic conventions', async () => {
    const url = await servers.serve((request, response) => {
      if (request.url !== '/none') setRoute(request, '/users/:id')
      response.statusCode = request.url === '/fails' ? 503 : 200
      response.end()
    })
    for (const path of ['/users/1', '/fails', '/none']) await (await fetch(url + path)).text()
    await servers.idle()
    const base = { 'http.request.method': 'GET', 'url.scheme': 'http', 'network.protocol.version': '1.1' }
    expect(servers.attributes('http.server.request.duration')).toEqual([
      { ...base, 'http.route': '/users/:id', 'http.response.status_code': 200 },
      { ...base, 'http.route': '/users/:id', 'http.response.status_code': 503, 'error.type': '503' },
      { ...base, 'http.response.status_code': 200 },
    ])
    expect(servers.provider.sums('http.server.active_requests')).toEqual({
      'http.request.method=GET,url.scheme=http': 0,
    })
  })

  it('have no status if the client disconnects before headers, and the outcome of a stream as error.type', async () => {
    let arrived = (): void => {}
    const arrival = new Promise<void>((resolve) => (arrived = resolve))
    const url = await servers.serve((request, response) => {
      if (request.url === '/hang') arrived()
      else {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.end('event: response.failed\ndata: {}\n\n')
      }
    })
    const request = http.get(`${url}/hang`, { agent: false }).on('error', () => {})
    await arrival
    request.destroy()
    await servers.idle()
    await (await fetch(`${url}/stream`)).text()
    await servers.idle()
    expect(servers.attributes('http.server.request.duration')).toMatchObject([
      { 'error.type': 'client_abort' },
      { 'error.type': 'upstream_error', 'http.response.status_code': 200 },
    ])
    expect(servers.attributes('http.server.request.duration')[0]).not.toHaveProperty(
      'http.response.status_code',
    )
  })
})
