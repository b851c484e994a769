import http from 'node:http'
import http2 from 'node:http2'
import net from 'node:net'
import { status } from '@grpc/grpc-js'
import { afterEach, describe, expect, it } from 'vitest'
import { listen, startCollector } from '../testing/collector.ts'
import { statusWithRetryInfo } from '../testing/retry-info.ts'
import { GrpcTransport } from './grpc-transport.ts'
import type { OtlpConnectionOptions } from './options.ts'
import { type SendOutcome, TRANSPORT_CLOSED } from './send-outcome.ts'

const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const end of cleanups.splice(0).reverse()) await end()
})

function transport(port: number, options: Partial<OtlpConnectionOptions> = {}): GrpcTransport {
  const instance = new GrpcTransport({ url: `http://127.0.0.1:${port}`, ...options }, 'traces')
  cleanups.push(() => instance.close())
  return instance
}

async function collector(...options: Parameters<typeof startCollector>): ReturnType<typeof startCollector> {
  const started = await startCollector(...options)
  cleanups.push(() => started.close())
  return started
}

async function server(instance: net.Server | http2.Http2Server): Promise<number> {
  cleanups.push(() => instance.close())
  return listen(instance)
}

const BODY = Uint8Array.of()
const ACCEPTED: SendOutcome = { kind: 'accepted', rejected: 0 }

describe('a gRPC call', () => {
  it('reaches the method with the configured headers, with and without compression', async () => {
    const { port, requests } = await collector()
    expect(await transport(port, { headers: { team: 'a' } }).send(BODY)).toEqual(ACCEPTED)
    expect(await transport(port, { compression: 'gzip' }).send(BODY)).toEqual(ACCEPTED)
    expect(requests.map(({ signal, headers }) => [signal, headers.get('team')])).toEqual([
      ['traces', ['a']],
      ['traces', []],
    ])
  })

  it('has no user header that HTTP/2 forbids or that the transport sets', async () => {
    const { port, requests } = await collector()
    const forbidden = ['Connection', 'keep-alive', 'Transfer-Encoding', 'upgrade', 'TE', 'http2-settings']
    const own = ['Content-Type', 'grpc-timeout', 'Content-Length', 'user-agent']
    const wrong = Object.fromEntries([...forbidden, ...own].map((name) => [name, 'x']))
    expect(await transport(port, { headers: { ...wrong, Team: 'a', team: 'b' } }).send(BODY)).toEqual(
      ACCEPTED,
    )
    expect(requests.map(({ headers }) => [headers.get('team'), headers.get('user-agent')])).toEqual([
      [['b'], ['vr-otel-exporters']],
    ])
  })

  it.each([{ 'a b': 'c' }, { a: 'b\r\nhost: c' }, { a: '\u{1F600}' }])(
    'is rejected at construction with the header %j',
    (headers) => {
      expect(() => transport(1, { headers })).toThrow(/header/i)
    },
  )

  it('reads a partial success', async () => {
    const response = Buffer.from([10, 8, 8, 3, 18, 4, ...Buffer.from('late')])
    const { port } = await collector({ answer: () => ({ response }) })
    expect(await transport(port).send(BODY)).toEqual({ kind: 'accepted', rejected: 3, message: 'late' })
  })

  it.each(['CANCELLED', 'DEADLINE_EXCEEDED', 'ABORTED', 'OUT_OF_RANGE', 'UNAVAILABLE', 'DATA_LOSS'] as const)(
    'can be retried after %s',
    async (name) => {
      const { port } = await collector({ answer: () => ({ code: status[name], details: 'wait ü' }) })
      expect(await transport(port).send(BODY)).toEqual({
        kind: 'retry',
        reason: `gRPC status ${name}: wait ü`,
      })
    },
  )

  it.each([
    ['UNIMPLEMENTED', 'endpoint'],
    ['UNAUTHENTICATED', 'credentials'],
    ['PERMISSION_DENIED', 'credentials'],
    ['INVALID_ARGUMENT', 'data'],
    ['INTERNAL', 'data'],
    ['RESOURCE_EXHAUSTED', 'data'],
  ] as const)('is refused with %s: check the %s', async (name, category) => {
    const { port } = await collector({ answer: () => ({ code: status[name] }) })
    expect(await transport(port).send(BODY)).toEqual({
      kind: 'refused',
      reason: `gRPC status ${name}`,
      category,
    })
  })

  it('can be retried after RESOURCE_EXHAUSTED with RetryInfo, after its delay', async () => {
    const retryInfo = statusWithRetryInfo(2, 500_000_000)
    const { port } = await collector({ answer: () => ({ code: status.RESOURCE_EXHAUSTED, retryInfo }) })
    expect(await transport(port).send(BODY)).toEqual({
      kind: 'retry',
      reason: 'gRPC status RESOURCE_EXHAUSTED',
      retryAfterMs: 2500,
    })
  })
})

describe('a failing collector', () => {
  it('that refuses connections: the call can be retried', async () => {
    const closed = net.createServer()
    const port = await listen(closed)
    await new Promise((resolve) => closed.close(resolve))
    const outcome = await transport(port).send(BODY)
    expect(outcome).toEqual({ kind: 'retry', reason: `connect ECONNREFUSED 127.0.0.1:${port}` })
  })

  it('gets no request after the transport is closed, not even one that was being prepared', async () => {
    const target = await collector()
    const instance = transport(target.port)
    const sent = instance.send(new Uint8Array(1))
    instance.close()
    expect([await sent, await instance.send(new Uint8Array(1))]).toEqual([TRANSPORT_CLOSED, TRANSPORT_CLOSED])
    expect(target.requests).toEqual([])
  })

  it('that resets connections: the call can be retried', async () => {
    const port = await server(net.createServer((socket) => socket.resetAndDestroy()))
    expect(await transport(port).send(BODY)).toMatchObject({ kind: 'retry' })
  })

  it('that aborts one call gets the next one', async () => {
    let calls = 0
    const port = await server(
      http2.createServer().on('stream', (stream) => {
        stream.on('error', () => {})
        if (calls++ === 0) stream.session?.destroy()
        else {
          stream.respond({ 'content-type': 'application/grpc', 'grpc-status': '0' })
          stream.end()
        }
      }),
    )
    const { send } = bound(transport(port))
    expect(await send()).toMatchObject({ kind: 'retry' })
    expect(await send()).toEqual(ACCEPTED)
  })

  it('that accepts connections and never responds: the call times out, and the next one opens a new connection', async () => {
    let connections = 0
    const port = await server(
      net.createServer((socket) => {
        connections += 1
        socket.on('error', () => {}).resume()
      }),
    )
    const { send } = bound(transport(port, { timeoutMillis: 50 }))
    expect(await send()).toEqual({ kind: 'retry', reason: 'no response within 50 ms' })
    expect(await send()).toEqual({ kind: 'retry', reason: 'no response within 50 ms' })
    expect(connections).toBe(2)
  })

  it('that uses HTTP/1: the call can be retried', async () => {
    const port = await server(http.createServer((_request, response) => response.end('hello')))
    expect(await transport(port).send(BODY)).toMatchObject({ kind: 'retry' })
  })

  it.each([
    [503, { kind: 'retry' }],
    [401, { kind: 'refused', category: 'credentials' }],
    [404, { kind: 'refused', category: 'endpoint' }],
  ])('that responds with HTTP status %d without gRPC status', async (code, expected) => {
    const port = await server(
      http2.createServer().on('stream', (stream) => {
        stream.respond({ ':status': code })
        stream.end('<html>')
      }),
    )
    expect(await transport(port).send(BODY)).toMatchObject(expected)
  })

  it('that responds with 100 MB: at most 4 MiB are read', async () => {
    let sent = 0
    const port = await server(
      http2.createServer().on('stream', (stream) => {
        stream.on('error', () => {})
        stream.respond({ 'content-type': 'application/grpc' })
        const chunk = Buffer.alloc(1 << 20)
        const more = (): void => {
          if (sent >= 100 << 20 || stream.destroyed) return
          sent += chunk.length
          stream.write(chunk, more)
        }
        more()
      }),
    )
    expect(await transport(port).send(BODY)).toEqual({ kind: 'retry', reason: 'the response is too long' })
    expect(sent).toBeLessThan(20 << 20)
  })

  it('that sends a malformed message with status OK: the call is accepted', async () => {
    const { port } = await collector({ answer: () => ({ response: Buffer.from([10, 255, 255, 255]) }) })
    expect(await transport(port).send(BODY)).toEqual(ACCEPTED)
  })

  it('that sends GOAWAY after every call loses nothing', async () => {
    const port = await server(
      http2.createServer().on('stream', (stream) => {
        stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true })
        stream.on('wantTrailers', () => {
          stream.sendTrailers({ 'grpc-status': '0' })
          stream.session?.close()
        })
        stream.end(Buffer.alloc(5))
      }),
    )
    const { send } = bound(transport(port))
    for (let i = 0; i < 5; i++) expect(await send()).toEqual(ACCEPTED)
  })
})

it('running calls end when the transport is closed', async () => {
  const received = Promise.withResolvers<void>()
  const port = await server(http2.createServer().on('stream', () => received.resolve()))
  const instance = transport(port)
  const sent = instance.send(BODY)
  await received.promise
  instance.close()
  expect(await sent).toMatchObject({ kind: 'retry' })
})

it('an invalid URL is rejected at construction', () => {
  expect(() => new GrpcTransport({ url: 'http://[' }, 'traces')).toThrow()
})

function bound(instance: GrpcTransport): { send: () => Promise<SendOutcome> } {
  return { send: () => instance.send(BODY) }
}
