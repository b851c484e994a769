import http, { type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/catalog.ts'
import { setRoute, setStreamOutcome } from '../observation/attached.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import { type NodeHttpObservation, type NodeHttpOptions, observeNodeHttp } from './node-http.ts'
import { wrapMethod } from './wrap-method.ts'

let provider: RecordingProvider
let observation: NodeHttpObservation
let server: Server | undefined

beforeEach(() => {
  provider = new RecordingProvider()
})

afterEach(async () => {
  observation.stop()
  server?.closeAllConnections()
  await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())))
  server = undefined
})

function observe(options: Partial<NodeHttpOptions> = {}): void {
  observation = observeNodeHttp([http], {
    instruments: new GatewayInstruments({ meterProvider: provider, prefix: '' }),
    ...options,
  })
}

async function serve(listener: RequestListener, options: http.ServerOptions = {}): Promise<number> {
  const made = http.createServer(options, listener)
  server = made
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  return (made.address() as AddressInfo).port
}

/** Sends one request and reads the answer; `onChunk` may break it off. */
function send(
  port: number,
  path: string,
  options: http.RequestOptions = {},
  onChunk?: (request: http.ClientRequest) => void,
): Promise<number | 'broken'> {
  return new Promise((resolve) => {
    const request = http.request({ port, path, agent: false, ...options }, (response) => {
      response.on('data', () => onChunk?.(request))
      response.on('end', () => resolve(response.statusCode as number))
      response.on('error', () => resolve('broken'))
    })
    request.on('error', () => resolve('broken'))
    request.end()
  })
}

/** Sends bytes as they are and reads until the server closes. */
function sendRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (data) => (answer += data))
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
  })
}

/** Settles once nothing is in flight any more: the server may learn of an end after the client does. */
async function idle(): Promise<void> {
  const inFlight = () =>
    (provider.sums('http.in_flight_requests')[''] ?? 0) +
    (provider.sums('sse.connections_in_flight')[''] ?? 0)
  while (inFlight() !== 0) await new Promise((resolve) => setImmediate(resolve))
}

function stream(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' })
  response.write('data: 1\n\n')
}

describe('requests', () => {
  it('counts every request once, with its method, route and status', async () => {
    observe()
    const port = await serve((request, response) => {
      if (request.url === '/users/7') setRoute(request, '/users/:id')
      response.statusCode = request.url === '/missing' ? 404 : 200
      response.end('ok')
    })
    await send(port, '/users/7')
    await send(port, '/users/7', { method: 'POST' })
    await send(port, '/users/7', { method: 'PURGE' })
    await send(port, '/missing')
    await idle()
    expect(provider.sums('http.requests')).toEqual({
      'method=GET,route=/users/{id},status=200': 1,
      'method=POST,route=/users/{id},status=200': 1,
      'method=_OTHER,route=/users/{id},status=200': 1,
      'method=GET,route=unmatched,status=404': 1,
    })
    expect(provider.counts('http.request.duration')).toEqual({
      'method=GET,route=/users/{id}': 1,
      'method=POST,route=/users/{id}': 1,
      'method=_OTHER,route=/users/{id}': 1,
      'method=GET,route=unmatched': 1,
    })
  })

  it('measures from arrival to end with the clock it is given', async () => {
    let now = 1000
    observe({ instruments: new GatewayInstruments({ meterProvider: provider, prefix: '', now: () => now }) })
    const port = await serve((_request, response) => {
      now += 250
      response.end()
    })
    await send(port, '/')
    await idle()
    const durations = provider.calls.filter(({ name }) => name === 'http.request.duration')
    expect(durations.map(({ value }) => value)).toEqual([0.25])
  })

  it('counts 499 if the client left before any code was sent', async () => {
    observe()
    let arrived = (): void => {}
    const arrival = new Promise<void>((resolve) => (arrived = resolve))
    const port = await serve(() => arrived())
    const request = http.get({ port, agent: false }).on('error', () => {})
    await arrival
    request.destroy()
    await idle()
    expect(provider.sums('http.requests')).toEqual({ 'method=GET,route=unmatched,status=499': 1 })
  })

  it('counts 500 if the application closed the connection before any code was sent', async () => {
    observe()
    const port = await serve((_request, response) => void response.destroy())
    expect(await send(port, '/')).toBe('broken')
    await idle()
    expect(provider.sums('http.requests')).toEqual({ 'method=GET,route=unmatched,status=500': 1 })
  })

  it('counts what Node answers by itself', async () => {
    observe()
    const port = await serve((_request, response) => response.end())
    expect(await sendRaw(port, 'GET / HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /)
    expect(
      await sendRaw(port, 'GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\nConnection: close\r\n\r\n'),
    ).toMatch(/ 417 /)
    await idle()
    expect(provider.sums('http.requests')).toEqual({
      'method=GET,route=unmatched,status=400': 1,
      'method=GET,route=unmatched,status=417': 1,
    })
  })

  it('counts the 408 that Node writes when a request does not come', async () => {
    observe()
    const timeouts = { requestTimeout: 50, connectionsCheckingInterval: 20 }
    const port = await serve((request) => void request.resume(), timeouts)
    const answer = await sendRaw(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf')
    expect(answer).toMatch(/^HTTP\/1.1 408 /)
    await idle()
    expect(provider.sums('http.requests')).toEqual({ 'method=POST,route=unmatched,status=408': 1 })
  })

  it('counts the 400 that Node writes when the body of a request is no HTTP', async () => {
    observe()
    const port = await serve((request) => void request.resume())
    const answer = await sendRaw(
      port,
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    )
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    await idle()
    expect(provider.sums('http.requests')).toEqual({ 'method=POST,route=unmatched,status=400': 1 })
  })

  it('ends every pipelined request of a connection that breaks', async () => {
    observe()
    let count = 0
    const port = await serve((request, response) => {
      if (request.url === '/sse') stream(response)
      if (request.url === '/ok') response.end('ok')
      if (++count === 4) request.socket.resetAndDestroy()
    })
    const one = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
    await sendRaw(port, one('/hang') + one('/ok') + one('/sse') + one('/hang'))
    await idle()
    expect(provider.sums('http.requests')).toEqual({
      'method=GET,route=unmatched,status=200': 2,
      'method=GET,route=unmatched,status=500': 2,
    })
    expect(provider.sums('http.in_flight_requests')).toEqual({ '': 0 })
    expect(provider.sums('sse.connections_in_flight')).toEqual({ '': 0 })
  })

  it('does not measure what it is told to leave out', async () => {
    observe({ observes: (target) => target !== '/health' })
    const port = await serve((_request, response) => response.end())
    await send(port, '/health')
    await send(port, '/')
    await idle()
    expect(provider.sums('http.requests')).toEqual({ 'method=GET,route=unmatched,status=200': 1 })
  })

  it('counts keep-alive and pipelined requests one by one', async () => {
    observe()
    const port = await serve((request, response) => {
      setRoute(request, `/${request.url?.at(1)}`)
      response.end('x')
    })
    const one = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
    await sendRaw(
      port,
      `${one('/a')}${one('/b')}${one('/a').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')}`,
    )
    await idle()
    expect(provider.sums('http.requests')).toEqual({
      'method=GET,route=/a,status=200': 2,
      'method=GET,route=/b,status=200': 1,
    })
  })
})

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
  ])('are recognised by %s', async (_how, head) => {
    observe()
    const port = await serve((_request, response) => {
      head(response)
      response.end('data: 1\n\n')
    })
    await send(port, '/')
    await idle()
    expect(provider.sums('sse.streams')).toEqual({ 'route=unmatched,outcome=completed': 1 })
  })

  it('leave the requests in flight when their headers go out, and are counted then', async () => {
    observe()
    let response: ServerResponse | undefined
    const port = await serve((request, given) => {
      setRoute(request, '/v1/responses')
      stream(given)
      response = given
    })
    const ended = send(port, '/', { method: 'POST' })
    while (response === undefined) await new Promise((resolve) => setImmediate(resolve))
    expect(provider.sums('http.in_flight_requests')).toEqual({ '': 0 })
    expect(provider.sums('sse.connections_in_flight')).toEqual({ '': 1 })
    expect(provider.sums('http.requests')).toEqual({ 'method=POST,route=/v1/responses,status=200': 1 })
    response.end()
    await ended
    await idle()
    expect(provider.sums('http.requests')).toEqual({ 'method=POST,route=/v1/responses,status=200': 1 })
    expect(provider.counts('sse.stream.duration')).toEqual({ 'route=/v1/responses': 1 })
    expect(provider.sums('sse.streams')).toEqual({ 'route=/v1/responses,outcome=completed': 1 })
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
    ['client_abort', 'the client closes', () => {}, (request) => request.destroy()],
    ['client_abort', 'the client resets', () => {}, (request) => request.socket?.resetAndDestroy()],
    [
      'upstream_error',
      'the application says so',
      (_, response) => {
        setStreamOutcome(response, 'upstream_error')
        response.end()
      },
    ],
    [
      'timeout',
      'the application says so of the request',
      (request, response) => {
        setStreamOutcome(request, 'timeout')
        response.end()
      },
    ],
  ])('end as %s when %s', async (outcome, _when, onServer, onClient) => {
    observe()
    const port = await serve((request, response) => {
      stream(response)
      setImmediate(() => onServer(request, response))
    })
    await send(port, '/', {}, onClient)
    await idle()
    expect(provider.sums('sse.streams')).toEqual({ [`route=unmatched,outcome=${outcome}`]: 1 })
    expect(provider.sums('sse.connections_in_flight')).toEqual({ '': 0 })
  })

  it('are none where there is no body', async () => {
    observe()
    const port = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end()
    })
    await send(port, '/', { method: 'HEAD' })
    await idle()
    expect(provider.sums('sse.streams')).toEqual({})
    expect(provider.sums('http.requests')).toEqual({ 'method=HEAD,route=unmatched,status=200': 1 })
  })
})

describe('the application', () => {
  it('sees no listener, no property and no argument of ours', async () => {
    const describeResponse = (request: IncomingMessage, response: ServerResponse) => ({
      listeners: response.eventNames().map((name) => [String(name), response.listenerCount(name)]),
      requestKeys: Reflect.ownKeys({ ...request }).length,
      responseKeys: Reflect.ownKeys({ ...response }).length,
      writeHead: [response.writeHead.name, response.writeHead.length],
      emit: [response.emit.name, response.emit.length],
    })
    const look = async (): Promise<unknown> => {
      let seen: unknown
      const port = await serve((request, response) => {
        seen = describeResponse(request, response)
        response.end()
      })
      await send(port, '/')
      server?.close()
      return seen
    }
    observation = { stop() {}, branchOff() {} }
    const bare = await look()
    observe()
    expect(await look()).toEqual(bare)
  })

  it('gets its prototypes back', async () => {
    const before = [
      Object.getOwnPropertyDescriptors(http.Server.prototype),
      Object.getOwnPropertyDescriptors(http.ServerResponse.prototype),
    ]
    observe()
    observation.branchOff((server, args, through) => Reflect.apply(through, server, args))
    expect(Object.hasOwn(http.Server.prototype, 'emit')).toBe(true)
    observation.stop()
    expect([
      Object.getOwnPropertyDescriptors(http.Server.prototype),
      Object.getOwnPropertyDescriptors(http.ServerResponse.prototype),
    ]).toEqual(before)
  })

  it('is not reached by a request that was intercepted', async () => {
    observe({
      observes: (target) => target !== '/metrics',
      intercept: (target) => {
        if (target === '/broken') throw new Error('an interceptor may fail')
        return target === '/metrics' ? (_request, response) => response.end('ours') : undefined
      },
    })
    const reached: (string | undefined)[] = []
    const port = await serve((request, response) => {
      reached.push(request.url)
      response.end()
    })
    for (const path of ['/metrics', '/broken', '/own']) await send(port, path)
    await idle()
    expect(reached).toEqual(['/broken', '/own'])
    expect(provider.sums('http.requests')).toEqual({ 'method=GET,route=unmatched,status=200': 2 })
  })

  it('is measured with the context that wraps its listener', async () => {
    const key = Symbol('key')
    observe({
      instruments: new GatewayInstruments({
        meterProvider: provider,
        prefix: '',
        activeContext: () => ROOT_CONTEXT.setValue(key, 'inside'),
      }),
    })
    const port = await serve((_request, response) => response.end())
    await send(port, '/')
    await idle()
    const requests = provider.calls.filter(({ name }) => name === 'http.requests')
    expect(requests.map(({ context }) => context?.getValue(key))).toEqual(['inside'])
  })

  it('is measured with the context of instrumentation that was there before us', async () => {
    const span = trace.wrapSpanContext({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 })
    const outside = ROOT_CONTEXT
    let active = outside
    const unwrap = wrapMethod(
      http.Server.prototype,
      'emit',
      (original) =>
        function (this: unknown, ...args: unknown[]) {
          if (args[0] !== 'request') return Reflect.apply(original, this, args)
          active = trace.setSpan(ROOT_CONTEXT, span)
          try {
            ;(args[2] as ServerResponse).on('close', () => {})
            return Reflect.apply(original, this, args)
          } finally {
            active = outside
          }
        },
    )
    try {
      observe({
        instruments: new GatewayInstruments({
          meterProvider: provider,
          prefix: '',
          activeContext: () => active,
        }),
      })
      const port = await serve((_request, response) => response.end())
      await send(port, '/')
      await idle()
      const requests = provider.calls.filter(({ name }) => name === 'http.requests')
      expect(requests.map(({ context }) => context && trace.getSpan(context))).toEqual([span])
    } finally {
      observation.stop()
      unwrap()
    }
  })

  it('does not run inside instrumentation for a request that is let by', async () => {
    observe()
    const wrapped: (string | undefined)[] = []
    const unwrap = wrapMethod(
      http.Server.prototype,
      'emit',
      (original) =>
        function (...args) {
          if (args[0] === 'request') wrapped.push((args[1] as IncomingMessage).url)
          return Reflect.apply(original, this, args)
        },
    )
    try {
      observation.branchOff((server, args, through, past) => {
        const isPast = (args[1] as IncomingMessage).url === '/health'
        return Reflect.apply(isPast ? past : through, server, args)
      })
      const port = await serve((_request, response) => response.end())
      await send(port, '/health')
      await send(port, '/own')
      expect(wrapped).toEqual(['/own'])
    } finally {
      observation.stop()
      unwrap()
    }
  })
})
