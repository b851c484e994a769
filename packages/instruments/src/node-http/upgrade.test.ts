import { type IncomingMessage, type Server, ServerResponse } from 'node:http'
import net, { type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { setRoute } from '../observation/observation-registry.ts'
import { contextStorage } from '../request-context/current-request.ts'
import { ObservedHttp } from '../testing/observed-http.ts'
import { serverTracer, traceIn } from '../testing/server-tracer.ts'
import { close, listen, portOf } from '../testing/servers.ts'
import type { RequestSpanFacts } from '../tracing/request-span.ts'

const SPAN = trace.wrapSpanContext({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 })
const CONTEXT = trace.setSpan(ROOT_CONTEXT, Object.assign(SPAN, { isRecording: () => true }))

let observed: ObservedHttp
let ended: Promise<RequestSpanFacts>
let excluded: boolean[]

beforeEach(() => {
  const { promise, resolve } = Promise.withResolvers<RequestSpanFacts>()
  ended = promise
  excluded = []
  observed = new ObservedHttp()
  observed.observe({
    observes: (target) => target !== '/excluded',
    tracer: serverTracer((_request, isExcluded) => {
      excluded.push(isExcluded)
      return traceIn(CONTEXT, resolve)
    }),
  })
})

afterEach(() => observed.end())

/** Sends a handshake and returns everything received; `after` is sent after the first data received. */
async function upgrade(
  onUpgrade: (socket: Duplex, request: IncomingMessage, server: Server) => unknown,
  { path = '/ws', after = '', protocol = 'websocket' } = {},
): Promise<string> {
  const server = await listen((_request, response) => response.end())
  server.on(
    'upgrade',
    (request, socket) =>
      void onUpgrade(
        socket.on('error', () => {}),
        request,
        server,
      ),
  )
  const answer = await new Promise<string>((resolve) => {
    let text = ''
    const client = net.connect(portOf(server), '127.0.0.1', () =>
      client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: ${protocol}\r\n\r\n`),
    )
    client.once('data', () => client.end(after))
    client.on('data', (data) => (text += data))
    client.on('error', () => {})
    client.on('close', () => resolve(text))
  })
  await close(server)
  return answer
}

/** Measurements of HTTP requests, without the initial 0 of gauges. */
const httpCalls = () =>
  observed.provider.calls.filter(({ name, value }) => value !== 0 && !name.startsWith('websocket.'))

const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\n\r\n'

describe('the trace of a handshake', () => {
  it.each<[string, (socket: Duplex) => unknown, Partial<RequestSpanFacts>, string]>([
    ['101', (socket) => socket.write(SWITCHING), { status: 101 }, SWITCHING],
    [
      '101 as bytes, after hints, in two writes',
      (socket) => {
        socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')
        socket.write(Buffer.from(SWITCHING))
        socket.write('frames')
      },
      { status: 101 },
      `HTTP/1.1 103 Early Hints\r\n\r\n${SWITCHING}frames`,
    ],
    [
      '401 with the end of the connection',
      (socket) => socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n'),
      { status: 401 },
      'HTTP/1.1 401 Unauthorized\r\n\r\n',
    ],
    [
      '503',
      (socket) => socket.end('HTTP/1.1 503 No\r\n\r\n'),
      { status: 503, errorType: '503' },
      'HTTP/1.1 503 No\r\n\r\n',
    ],
    [
      'no answer, destroyed by the application',
      (socket) => socket.destroy(),
      { errorType: 'server_error' },
      '',
    ],
    ['an answer that is not HTTP', (socket) => socket.end('hello'), {}, 'hello'],
  ])('records %s', async (_how, answer, facts, bytes) => {
    expect(await upgrade((socket) => answer(socket.resume().on('end', () => socket.end())))).toBe(bytes)
    expect(await ended).toEqual({
      method: 'GET',
      route: undefined,
      status: undefined,
      errorType: undefined,
      outcome: undefined,
      stream: undefined,
      ...facts,
    })
  })

  it('has the route that the application sets, and ends while the connection is open', async () => {
    await upgrade(async (socket, request) => {
      setRoute(request, '/ws/:id')
      socket.write(SWITCHING)
      await ended
      socket.end()
    })
    expect((await ended).route).toBe('/ws/:id')
  })

  it('records no HTTP metrics', async () => {
    await upgrade((socket) => socket.end(SWITCHING))
    await observed.idle()
    expect(httpCalls()).toEqual([])
  })
})

describe('a connection after its handshake', () => {
  it('runs its listeners in the context of the handshake', async () => {
    const seen: boolean[] = []
    const note = (): void => void seen.push(contextStorage.active() === CONTEXT)
    await upgrade(
      (socket) => {
        note()
        socket.on('data', note)
        socket.on('end', () => socket.end())
        socket.on('close', note)
        socket.write(SWITCHING)
      },
      { after: 'frames' },
    )
    expect(seen).toEqual([true, true, true])
  })

  it('runs a request handler that the application calls for the handshake in its context, and records no HTTP metrics', async () => {
    const isOwn: boolean[] = []
    const answer = await upgrade((socket, request, server) => {
      server.prependOnceListener('request', () => isOwn.push(contextStorage.active() === CONTEXT))
      const response = new ServerResponse(request)
      response.assignSocket(socket as Socket)
      server.emit('request', request, response)
      response.on('finish', () => socket.end())
    })
    expect(answer).toMatch(/^HTTP\/1.1 200/)
    expect((await ended).status).toBe(200)
    expect(isOwn).toEqual([true])
    expect(httpCalls()).toEqual([])
  })

  it('is not traced where its path is excluded', async () => {
    await upgrade((socket) => socket.end(SWITCHING), { path: '/excluded' })
    expect(excluded).toEqual([true])
  })
})
