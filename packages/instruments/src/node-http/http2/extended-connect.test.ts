import http from 'node:http'
import http2, { type ClientHttp2Stream, type Http2Server, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { setRoute } from '../../observation/observation-registry.ts'
import { contextStorage } from '../../request-context/current-request.ts'
import { ObservedHttp } from '../../testing/observed-http.ts'
import { clientClose, clientFrame } from '../../testing/raw-websocket.ts'
import { serverTracer, traceIn } from '../../testing/server-tracer.ts'
import { uncaughtErrors } from '../../testing/uncaught-errors.ts'
import { closeFrame, frame } from '../../testing/websocket-frames.ts'
import type { RequestSpanFacts } from '../../tracing/request-span.ts'

const SPAN = trace.wrapSpanContext({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 })
const CONTEXT = trace.setSpan(ROOT_CONTEXT, Object.assign(SPAN, { isRecording: () => true }))

let observed: ObservedHttp
let spans: RequestSpanFacts[]

beforeEach(() => {
  observed = new ObservedHttp()
  spans = []
})

afterEach(() => observed.end())

/** Opens one WebSocket over HTTP/2, runs both sides, and waits until the stream of the server has closed. */
async function exchange(
  onStream: (stream: ServerHttp2Stream) => unknown,
  client: (stream: ClientHttp2Stream) => unknown,
  headers: http2.OutgoingHttpHeaders = { ':protocol': 'websocket' },
): Promise<void> {
  const server: Http2Server = http2.createServer({ settings: { enableConnectProtocol: true } })
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  server.on('stream', (stream) => {
    stream.on('error', () => {}).on('close', resolve)
    void onStream(stream)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  session.on('error', () => {})
  await new Promise((received) => session.once('remoteSettings', received))
  const stream = session.request({ ':method': 'CONNECT', ':path': '/ws', ...headers })
  stream.on('error', () => {})
  stream.resume()
  await client(stream)
  await closed
  session.destroy()
  await new Promise<unknown>((done) => server.close(done))
}

const responded = (stream: ClientHttp2Stream): Promise<unknown> =>
  new Promise((resolve) => stream.once('response', resolve))

/** Sums of the counters, and the measurements of HTTP requests, without what is 0. */
function totals(): Record<string, number> {
  const names = new Set(observed.provider.calls.map(({ name }) => name))
  const entries = [...names].flatMap((name) =>
    Object.entries(
      name.endsWith('duration') ? observed.provider.counts(name) : observed.provider.sums(name),
    ).map(([key, value]) => [`${name} ${key}`, value] as const),
  )
  return Object.fromEntries(entries.filter(([, value]) => value !== 0))
}

const accepted = (route: string, code: string, outcome: string) => ({
  [`websocket.connections route=${route},outcome=accepted`]: 1,
  [`websocket.connection.duration route=${route}`]: 1,
  [`websocket.closes route=${route},code=${code}`]: 1,
  [`websocket.sessions route=${route},outcome=${outcome}`]: 1,
})

describe('a WebSocket over HTTP/2', () => {
  it('is measured as one over HTTP/1, and is no HTTP request', async () => {
    observed.observe()
    await exchange(
      (stream) => {
        setRoute(stream, '/ws/:id')
        stream.respond({ ':status': 200 })
        stream.write(frame({ payload: Buffer.from('hello') }))
        stream.resume().on('end', () => stream.end(closeFrame(1000)))
      },
      async (stream) => {
        await responded(stream)
        stream.write(clientFrame({ payload: Buffer.alloc(70_000) }))
        stream.end(clientClose(1001))
      },
    )
    expect(totals()).toEqual({
      ...accepted('/ws/{id}', '1001', 'completed'),
      'websocket.messages route=/ws/{id},direction=received': 1,
      'websocket.messages route=/ws/{id},direction=sent': 1,
      'websocket.message.bytes route=/ws/{id},direction=received': 70_000,
      'websocket.message.bytes route=/ws/{id},direction=sent': 5,
    })
  })

  it.each<[string, (stream: ServerHttp2Stream) => unknown]>([
    ['403', (stream) => stream.respond({ ':status': 403 }, { endStream: true })],
    ['a closed stream', (stream) => stream.close(http2.constants.NGHTTP2_REFUSED_STREAM)],
  ])('that is answered with %s is rejected', async (_what, answer) => {
    observed.observe()
    await exchange(
      (stream) => answer(stream.resume()),
      (stream) => stream.end(),
    )
    expect(totals()).toEqual({ 'websocket.connections route=unmatched,outcome=rejected': 1 })
  })

  it.each<[string, (server: ServerHttp2Stream) => unknown, (client: ClientHttp2Stream) => unknown, string]>([
    ['the client resets', () => {}, (client) => client.close(http2.constants.NGHTTP2_CANCEL), 'client_abort'],
    ['the client destroys its session', () => {}, (client) => client.session?.destroy(), 'client_abort'],
    [
      'the client ends',
      (server) => server.on('end', () => server.end()),
      (client) => client.end(),
      'client_abort',
    ],
    ['the server resets', (server) => server.close(http2.constants.NGHTTP2_CANCEL), () => {}, 'server_error'],
    ['the server destroys', (server) => server.destroy(), () => {}, 'server_error'],
    [
      'the server destroys as idle',
      (server) => {
        server.emit('timeout')
        server.destroy()
      },
      () => {},
      'timeout',
    ],
  ])('that %s counts once', async (_how, onServer, onClient, outcome) => {
    observed.observe()
    await exchange(
      (stream) => {
        stream.respond({ ':status': 200 })
        stream.resume()
        setImmediate(() => onServer(stream))
      },
      async (stream) => {
        await responded(stream)
        await onClient(stream)
      },
    )
    expect(totals()).toEqual(accepted('unmatched', '1006', outcome))
  })

  it('counts if a listener of its end throws', async () => {
    observed.observe()
    const errors = await uncaughtErrors(async () => {
      await exchange(
        (stream) => {
          stream.respond({ ':status': 200 })
          stream.resume().on('end', () => stream.end())
          stream.on('close', () => {
            throw new Error('of a listener')
          })
        },
        async (stream) => {
          await responded(stream)
          stream.end(clientClose(1000))
        },
      )
    })
    expect(errors).toEqual(['of a listener'])
    expect(totals()).toEqual(accepted('unmatched', '1000', 'completed'))
  })

  it('has a span of the handshake, and runs its listeners in the context of it', async () => {
    observed.observe({ tracer: serverTracer(() => traceIn(CONTEXT, (facts) => spans.push(facts))) })
    const contexts: unknown[] = []
    await exchange(
      (stream) => {
        setRoute(stream, '/ws')
        contexts.push(contextStorage.active())
        stream.respond({ ':status': 200 })
        stream.on('data', () => contexts.push(contextStorage.active()))
        stream.on('end', () => stream.end())
      },
      async (stream) => {
        await responded(stream)
        stream.end(clientFrame({}))
      },
    )
    expect(contexts).toEqual([CONTEXT, CONTEXT])
    expect(spans).toMatchObject([{ method: 'CONNECT', route: '/ws', status: 200, errorType: undefined }])
  })

  it('is not measured if the tunnel has another protocol', async () => {
    observed.observe()
    await exchange(
      (stream) => {
        stream.respond({ ':status': 200 })
        stream.resume().on('end', () => stream.end())
      },
      (stream) => stream.end(clientFrame({})),
      { ':protocol': 'connect-udp' },
    )
    expect(totals()).toEqual({})
  })
})

it('requests of other servers are measured meanwhile', async () => {
  observed.observe()
  const port = await observed.serve((_request, response) => response.end())
  await new Promise((resolve) =>
    http.get({ port, agent: false }, (response) => response.resume().on('end', resolve)),
  )
  expect(observed.provider.sums('http.requests')).toEqual({ 'method=GET,route=unmatched,status=200': 1 })
})
