import type http from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { setRoute, setStreamOutcome } from '../observation/observation-registry.ts'
import { ObservedHttp } from '../testing/observed-http.ts'
import { send, stream } from '../testing/servers.ts'

let observed: ObservedHttp

beforeEach(() => {
  observed = new ObservedHttp()
})

afterEach(() => observed.end())

describe('event streams', () => {
  it.each<[string, (response: ServerResponse) => void]>([
    ['setHeader', (response) => response.setHeader('content-type', 'text/event-stream')],
    [
      'a list of headers',
      (response) => void response.writeHead(200, ['Content-Type', 'Text/Event-Stream ;a=b']),
    ],
    [
      'a message and headers',
      (response) => void response.writeHead(200, 'fine', { 'CONTENT-TYPE': 'text/event-stream' }),
    ],
  ])('are recognized by a content type from %s', async (_how, head) => {
    observed.observe()
    const port = await observed.serve((_request, response) => {
      head(response)
      response.end('data: 1\n\n')
    })
    await send(port, '/')
    await observed.idle()
    expect(observed.provider.sums('sse.streams')).toEqual({ 'route=unmatched,outcome=completed': 1 })
  })

  it('leave the requests in flight and are counted when their headers are sent', async () => {
    observed.observe()
    let response: ServerResponse | undefined
    const port = await observed.serve((request, given) => {
      setRoute(request, '/v1/responses')
      stream(given)
      response = given
    })
    const ended = send(port, '/', { method: 'POST' })
    while (response === undefined) await new Promise((resolve) => setImmediate(resolve))
    expect(observed.provider.sums('http.in_flight_requests')).toEqual({ '': 0 })
    expect(observed.provider.sums('sse.connections_in_flight')).toEqual({ '': 1 })
    expect(observed.provider.sums('http.requests')).toEqual({
      'method=POST,route=/v1/responses,status=200': 1,
    })
    response.end()
    await ended
    await observed.idle()
    expect(observed.provider.sums('http.requests')).toEqual({
      'method=POST,route=/v1/responses,status=200': 1,
    })
    expect(observed.provider.counts('sse.stream.duration')).toEqual({ 'route=/v1/responses': 1 })
    expect(observed.provider.sums('sse.streams')).toEqual({ 'route=/v1/responses,outcome=completed': 1 })
  })

  it.each<
    [
      string,
      string,
      (request: IncomingMessage, response: ServerResponse) => void,
      ((request: http.ClientRequest) => void)?,
    ]
  >([
    ['completed', 'the application ends it', (_, response) => response.end()],
    ['server_error', 'the application destroys it', (_, response) => void response.destroy()],
    [
      'server_error',
      'the application destroys it with an error',
      (_, response) => void response.destroy(new Error('x')),
    ],
    ['client_abort', 'the client disconnects', () => {}, (request) => request.destroy()],
    [
      'client_abort',
      'the client resets the connection',
      () => {},
      (request) => request.socket?.resetAndDestroy(),
    ],
    [
      'upstream_error',
      'the application sets it on the response',
      (_, response) => {
        setStreamOutcome(response, 'upstream_error')
        response.end()
      },
    ],
    [
      'timeout',
      'the application sets it on the request',
      (request, response) => {
        setStreamOutcome(request, 'timeout')
        response.end()
      },
    ],
  ])('end as %s when %s', async (outcome, _when, onServer, onClient) => {
    observed.observe()
    const port = await observed.serve((request, response) => {
      stream(response)
      setImmediate(() => onServer(request, response))
    })
    await send(port, '/', {}, onClient)
    await observed.idle()
    expect(observed.provider.sums('sse.streams')).toEqual({ [`route=unmatched,outcome=${outcome}`]: 1 })
    expect(observed.provider.sums('sse.connections_in_flight')).toEqual({ '': 0 })
  })

  it('are not started by responses without a body', async () => {
    observed.observe()
    const port = await observed.serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end()
    })
    await send(port, '/', { method: 'HEAD' })
    await observed.idle()
    expect(observed.provider.sums('sse.streams')).toEqual({})
    expect(observed.provider.sums('http.requests')).toEqual({ 'method=HEAD,route=unmatched,status=200': 1 })
  })
})
