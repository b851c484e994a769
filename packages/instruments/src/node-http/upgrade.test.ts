import { type IncomingMessage, type Server, ServerResponse } from 'node:http'
import net, { type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Attributes, type Context, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { setRoute } from '../observation/observation-registry.ts'
import { currentContext } from '../request-context/current-request.ts'
import { ObservedHttp } from '../testing/observed-http.ts'
import { close, listen, portOf } from '../testing/servers.ts'

/** A span that keeps what is set on it; `ended` resolves when it ends. */
class RecordedSpan {
  readonly attributes: Attributes = {}
  readonly ended: Promise<this>
  name = 'GET'
  status: unknown
  end!: () => void

  constructor() {
    this.ended = new Promise((resolve) => {
      this.end = () => resolve(this)
    })
  }

  isRecording(): boolean {
    return true
  }

  setAttribute(key: string, value: string): void {
    this.attributes[key] = value
  }

  setStatus(status: unknown): void {
    this.status = status
  }

  updateName(name: string): void {
    this.name = name
  }
}

let observed: ObservedHttp
let span: RecordedSpan
let context: Context
let excluded: boolean[]

beforeEach(() => {
  span = new RecordedSpan()
  context = trace.setSpan(ROOT_CONTEXT, span as unknown as Span)
  excluded = []
  observed = new ObservedHttp()
  observed.observe({
    observes: (target) => target !== '/excluded',
    tracing: {
      http1(_request, _server, isExcluded) {
        excluded.push(isExcluded)
        return context
      },
      http2: () => context,
    },
  })
})

afterEach(() => observed.end())

/** Sends a handshake and returns everything received; `after` is sent after the first data received. */
async function upgrade(
  onUpgrade: (socket: Duplex, request: IncomingMessage, server: Server) => unknown,
  { path = '/ws', after = '' } = {},
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
      client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n`),
    )
    client.once('data', () => client.end(after))
    client.on('data', (data) => (text += data))
    client.on('error', () => {})
    client.on('close', () => resolve(text))
  })
  await close(server)
  return answer
}

const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\n\r\n'

describe('the span of a handshake', () => {
  it.each<[string, (socket: Duplex) => unknown, Attributes, string]>([
    ['101', (socket) => socket.write(SWITCHING), { 'http.response.status_code': 101 }, SWITCHING],
    [
      '101 as bytes, after hints, in two writes',
      (socket) => {
        socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')
        socket.write(Buffer.from(SWITCHING))
        socket.write('frames')
      },
      { 'http.response.status_code': 101 },
      `HTTP/1.1 103 Early Hints\r\n\r\n${SWITCHING}frames`,
    ],
    [
      '401 with the end of the connection',
      (socket) => socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n'),
      { 'http.response.status_code': 401 },
      'HTTP/1.1 401 Unauthorized\r\n\r\n',
    ],
    [
      '503',
      (socket) => socket.end('HTTP/1.1 503 No\r\n\r\n'),
      { 'http.response.status_code': 503, 'error.type': '503' },
      'HTTP/1.1 503 No\r\n\r\n',
    ],
    [
      'no answer, destroyed by the application',
      (socket) => socket.destroy(),
      { 'error.type': 'server_error' },
      '',
    ],
    ['an answer that is not HTTP', (socket) => socket.end('hello'), {}, 'hello'],
  ])('records %s', async (_how, answer, attributes, bytes) => {
    expect(await upgrade((socket) => answer(socket.resume().on('end', () => socket.end())))).toBe(bytes)
    expect((await span.ended).attributes).toEqual(attributes)
  })

  it('has the route that the application sets, and ends while the connection is open', async () => {
    let own: string[] = []
    await upgrade(async (socket, request) => {
      setRoute(request, '/ws/:id')
      socket.write(SWITCHING)
      await span.ended
      own = Object.getOwnPropertyNames(socket).filter((name) => name === 'write' || name === 'end')
      socket.end()
    })
    expect([(await span.ended).name, own]).toEqual(['GET /ws/:id', []])
  })

  it('records no HTTP metrics', async () => {
    await upgrade((socket) => socket.end(SWITCHING))
    await observed.idle()
    expect(observed.provider.calls.filter(({ value }) => value !== 0)).toEqual([])
  })
})

describe('a connection after its handshake', () => {
  it('runs its listeners in the context of the handshake', async () => {
    const seen: boolean[] = []
    const note = (): void => void seen.push(currentContext() === context)
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
      server.prependOnceListener('request', () => isOwn.push(currentContext() === context))
      const response = new ServerResponse(request)
      response.assignSocket(socket as Socket)
      server.emit('request', request, response)
      response.on('finish', () => socket.end())
    })
    expect(answer).toMatch(/^HTTP\/1.1 200/)
    expect((await span.ended).attributes).toEqual({ 'http.response.status_code': 200 })
    expect(isOwn).toEqual([true])
    expect(observed.provider.calls.filter(({ value }) => value !== 0)).toEqual([])
  })

  it('is not traced where its path is excluded', async () => {
    await upgrade((socket) => socket.end(SWITCHING), { path: '/excluded' })
    expect(excluded).toEqual([true])
  })
})
