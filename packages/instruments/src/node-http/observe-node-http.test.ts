import http from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { setRoute } from '../observation/observation-registry.ts'
import { ObservedHttp } from '../testing/observed-http.ts'
import { send, sendRaw, stream } from '../testing/servers.ts'

let observed: ObservedHttp

beforeEach(() => {
  observed = new ObservedHttp()
})

afterEach(() => observed.end())

describe('requests', () => {
  it('counts every request once, with its method, route and status', async () => {
    observed.observe()
    const port = await observed.serve((request, response) => {
      if (request.url === '/users/7') setRoute(request, '/users/:id')
      response.statusCode = request.url === '/missing' ? 404 : 200
      response.end('ok')
    })
    await send(port, '/users/7')
    await send(port, '/users/7', { method: 'POST' })
    await send(port, '/users/7', { method: 'PURGE' })
    await send(port, '/missing')
    await observed.idle()
    expect(observed.provider.sums('http.requests')).toEqual({
      'method=GET,route=/users/{id},status=200': 1,
      'method=POST,route=/users/{id},status=200': 1,
      'method=_OTHER,route=/users/{id},status=200': 1,
      'method=GET,route=unmatched,status=404': 1,
    })
    expect(observed.provider.counts('http.request.duration')).toEqual({
      'method=GET,route=/users/{id}': 1,
      'method=POST,route=/users/{id}': 1,
      'method=_OTHER,route=/users/{id}': 1,
      'method=GET,route=unmatched': 1,
    })
  })

  it('measures the time from arrival to end with the given clock', async () => {
    let now = 1000
    observed.observe({
      instruments: new GatewayInstruments({ meterProvider: observed.provider, prefix: '', now: () => now }),
    })
    const port = await observed.serve((_request, response) => {
      now += 250
      response.end()
    })
    await send(port, '/')
    await observed.idle()
    const durations = observed.provider.calls.filter(({ name }) => name === 'http.request.duration')
    expect(durations.map(({ value }) => value)).toEqual([0.25])
  })

  it('counts 499 if the client disconnects before headers are sent', async () => {
    observed.observe()
    let arrived = (): void => {}
    const arrival = new Promise<void>((resolve) => (arrived = resolve))
    const port = await observed.serve(() => arrived())
    const request = http.get({ port, agent: false }).on('error', () => {})
    await arrival
    request.destroy()
    await observed.idle()
    expect(observed.provider.sums('http.requests')).toEqual({ 'method=GET,route=unmatched,status=499': 1 })
  })

  it('counts 500 if the application closes the connection before headers are sent', async () => {
    observed.observe()
    const port = await observed.serve((_request, response) => void response.destroy())
    expect(await send(port, '/')).toBe('broken')
    await observed.idle()
    expect(observed.provider.sums('http.requests')).toEqual({ 'method=GET,route=unmatched,status=500': 1 })
  })

  it('counts requests that Node answers itself', async () => {
    observed.observe()
    const port = await observed.serve((_request, response) => response.end())
    expect(await sendRaw(port, 'GET / HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /)
    expect(
      await sendRaw(port, 'GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\nConnection: close\r\n\r\n'),
    ).toMatch(/ 417 /)
    await observed.idle()
    expect(observed.provider.sums('http.requests')).toEqual({
      'method=GET,route=unmatched,status=400': 1,
      'method=GET,route=unmatched,status=417': 1,
    })
  })

  it('counts the 408 that Node writes when a request does not arrive in time', async () => {
    observed.observe()
    const timeouts = { requestTimeout: 50, connectionsCheckingInterval: 20 }
    const port = await observed.serve((request) => void request.resume(), timeouts)
    const answer = await sendRaw(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf')
    expect(answer).toMatch(/^HTTP\/1.1 408 /)
    await observed.idle()
    expect(observed.provider.sums('http.requests')).toEqual({ 'method=POST,route=unmatched,status=408': 1 })
  })

  it('counts the 400 that Node writes when the body of a request is malformed', async () => {
    observed.observe()
    const port = await observed.serve((request) => void request.resume())
    const answer = await sendRaw(
      port,
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    )
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    await observed.idle()
    expect(observed.provider.sums('http.requests')).toEqual({ 'method=POST,route=unmatched,status=400': 1 })
  })

  it('ends every pipelined request of a connection that breaks', async () => {
    observed.observe()
    let count = 0
    const port = await observed.serve((request, response) => {
      if (request.url === '/stream') stream(response)
      if (request.url === '/ok') response.end('ok')
      if (++count === 4) request.socket.resetAndDestroy()
    })
    const one = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
    await sendRaw(port, one('/hang') + one('/ok') + one('/stream') + one('/hang'))
    await observed.idle()
    expect(observed.provider.sums('http.requests')).toEqual({
      'method=GET,route=unmatched,status=200': 2,
      'method=GET,route=unmatched,status=500': 2,
    })
    expect(observed.provider.sums('http.in_flight_requests')).toEqual({ '': 0 })
    expect(observed.provider.sums('sse.connections_in_flight')).toEqual({ '': 0 })
  })

  it('does not measure requests for which observes returns false', async () => {
    observed.observe({ observes: (target) => target !== '/health' })
    const port = await observed.serve((_request, response) => response.end())
    await send(port, '/health')
    await send(port, '/')
    await observed.idle()
    expect(observed.provider.sums('http.requests')).toEqual({ 'method=GET,route=unmatched,status=200': 1 })
  })

  it('counts keep-alive and pipelined requests separately', async () => {
    observed.observe()
    const port = await observed.serve((request, response) => {
      setRoute(request, `/${request.url?.at(1)}`)
      response.end('x')
    })
    const one = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
    await sendRaw(
      port,
      `${one('/a')}${one('/b')}${one('/a').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')}`,
    )
    await observed.idle()
    expect(observed.provider.sums('http.requests')).toEqual({
      'method=GET,route=/a,status=200': 2,
      'method=GET,route=/b,status=200': 1,
    })
  })
})
