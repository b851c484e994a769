import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import http from 'node:http'
import net from 'node:net'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ACCEPTED, BODY, server, transport } from '../testing/http-transport.ts'
import { TRANSPORT_CLOSED } from './send-outcome.ts'

describe('a request', () => {
  it.each([
    ['http/protobuf', 'application/x-protobuf', 'none'],
    ['http/json', 'application/json', 'none'],
    ['http/protobuf', 'application/x-protobuf', 'gzip'],
  ] as const)('with %s has the content type %s with compression %s', async (protocol, type, compression) => {
    const seen: unknown[] = []
    const port = await server(
      http.createServer(async (request, response) => {
        const chunks: Buffer[] = []
        for await (const chunk of request) chunks.push(chunk as Buffer)
        const body = Buffer.concat(chunks)
        const { headers, method, url } = request
        const text = String(headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body)
        seen.push({ method, url, type: headers['content-type'], team: headers['team'], text })
        response.end()
      }),
    )
    const instance = transport(port, { protocol, compression, headers: { team: 'a', 'content-type': 'x' } })
    expect(await instance.send(BODY)).toEqual(ACCEPTED)
    expect(seen).toEqual([{ method: 'POST', url: '/v1/metrics?tenant=a', type, team: 'a', text: 'body' }])
  })

  it('is not published on the diagnostics channels of HTTP clients', async () => {
    const port = await server(
      http.createServer((request, response) => request.resume().on('end', () => response.end())),
    )
    const seen: unknown[] = []
    const channels = ['http.client.request.created', 'http.client.request.start', 'undici:request:create']
    const look = (message: unknown): void => void seen.push(message)
    for (const name of channels) subscribe(name, look)
    expect(await transport(port).send(BODY)).toEqual(ACCEPTED)
    for (const name of channels) unsubscribe(name, look)
    expect(seen).toEqual([])
  })

  it('keeps its own framing, uses the host header of the user, and rejects invalid headers', async () => {
    const seen: unknown[] = []
    const port = await server(
      http.createServer(({ headers }, response) => {
        seen.push(headers)
        response.end()
      }),
    )
    const headers = {
      'Content-Length': '1',
      'Transfer-Encoding': 'chunked',
      Expect: 'x',
      Host: 'a',
      Team: 'ä',
    }
    expect(await transport(port, { headers }).send(BODY)).toEqual(ACCEPTED)
    expect(seen).toEqual([
      {
        host: 'a',
        team: 'ä',
        'content-length': '4',
        'content-type': 'application/x-protobuf',
        'user-agent': 'vr-otel-exporters',
      },
    ])
    for (const wrong of [{ 'a b': 'c' }, { a: 'b\r\nhost: c' }, { a: '\u{1F600}' }])
      expect(() => transport(port, { headers: wrong })).toThrow(/header/i)
  })

  it('uses another connection while one waits for its response', async () => {
    const sockets = new Set<net.Socket>()
    const waiting: http.ServerResponse[] = []
    const port = await server(
      http.createServer((request, response) => {
        sockets.add(request.socket)
        if (waiting.push(response) === 3) for (const one of waiting) one.end()
      }),
    )
    const instance = transport(port)
    const outcomes = await Promise.all([1, 2, 3].map(() => instance.send(BODY)))
    expect(outcomes).toEqual([ACCEPTED, ACCEPTED, ACCEPTED])
    expect(sockets.size).toBe(3)
  })

  it('reuses a connection, and opens a new one if the server has closed it', async () => {
    const sockets = new Set<net.Socket>()
    const port = await server(
      http.createServer((request, response) => {
        sockets.add(request.socket)
        response.end()
      }),
    )
    const instance = transport(port)
    expect(await instance.send(BODY)).toEqual(ACCEPTED)
    expect(await instance.send(BODY)).toEqual(ACCEPTED)
    expect(sockets.size).toBe(1)
    for (const socket of sockets) socket.destroy()
    expect(await instance.send(BODY)).toEqual(ACCEPTED)
    expect(sockets.size).toBe(2)
  })
})

describe('a response', () => {
  const later = new Date(Date.now() + 90_000).toUTCString()

  it.each<[number, Record<string, string>, string, unknown]>([
    [200, {}, '', ACCEPTED],
    [202, {}, 'garbage', ACCEPTED],
    [429, { 'retry-after': '7' }, '', { kind: 'retry', reason: 'HTTP status 429', retryAfterMs: 7000 }],
    [503, { 'retry-after': 'soon' }, '', { kind: 'retry', reason: 'HTTP status 503' }],
    [503, { 'retry-after': later }, '', { kind: 'retry', retryAfterMs: expect.closeTo(90_000, -5) }],
    [502, {}, '', { kind: 'retry' }],
    [504, {}, '', { kind: 'retry' }],
    [500, {}, '', { kind: 'refused', category: 'endpoint' }],
    [400, {}, '', { kind: 'refused', category: 'data' }],
    [401, {}, '', { kind: 'refused', category: 'credentials' }],
    [404, {}, '', { kind: 'refused', reason: 'HTTP status 404', category: 'endpoint' }],
    [301, { location: '/elsewhere' }, '', { kind: 'refused', category: 'endpoint' }],
  ])('with status %d and headers %j is mapped to an outcome', async (status, headers, body, expected) => {
    const port = await server(
      http.createServer((_request, response) => response.writeHead(status, headers).end(body)),
    )
    expect(await transport(port).send(BODY)).toMatchObject(expected as object)
  })

  it.each([
    ['http/json', '{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"late"}}'],
    ['http/protobuf', Buffer.from([10, 8, 8, 3, 18, 4, ...Buffer.from('late')])],
  ] as const)('with %s can be a partial success', async (protocol, body) => {
    const port = await server(http.createServer((_request, response) => response.end(body)))
    const outcome = await transport(port, { protocol }).send(BODY)
    expect(outcome).toEqual({ kind: 'accepted', rejected: 3, message: 'late' })
  })

  it('with two Retry-After headers: the first one is used', async () => {
    const port = await server(
      net.createServer((socket) =>
        socket.end('HTTP/1.1 503 No\r\nretry-after: 7\r\nretry-after: 9\r\ncontent-length: 0\r\n\r\n'),
      ),
    )
    expect(await transport(port).send(BODY)).toMatchObject({ kind: 'retry', retryAfterMs: 7000 })
  })

  it('whose body does not arrive in time counts by its status', async () => {
    const port = await server(
      net.createServer((socket) => {
        socket.on('error', () => {}).write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n')
      }),
    )
    expect(await transport(port, { timeoutMillis: 100 }).send(BODY)).toEqual(ACCEPTED)
  })

  it('is read up to 4 MiB', async () => {
    const port = await server(
      http.createServer((_request, response) => {
        response.on('error', () => {})
        const chunk = Buffer.alloc(1 << 20)
        const more = (): void => {
          if (!response.destroyed) response.write(chunk, more)
        }
        more()
      }),
    )
    expect(await transport(port).send(BODY)).toEqual(ACCEPTED)
  })
})

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`

describe('a failing collector', () => {
  it.each<[string, (socket: net.Socket) => unknown, string]>([
    ['resets connections', (socket) => socket.resetAndDestroy(), 'ECONNRESET'],
    ['closes connections', (socket) => socket.end(), 'socket hang up'],
    ['uses another protocol', (socket) => socket.end('hello\r\n\r\n'), 'Parse Error'],
    [
      'closes the connection within the status line',
      (socket) => socket.end('HTTP/1.1 200'),
      'socket hang up',
    ],
    [
      'sends a chunk that exceeds its size',
      (socket) => socket.end(`${CHUNKED}5\r\nabcdefg\r\n`),
      'exceeds its size',
    ],
    ['switches protocols', (socket) => socket.write('HTTP/1.1 101 Go\r\n\r\n'), 'protocol switch'],
    ['sends a NUL', (socket) => socket.write(`${OK}a: b\0c\r\n\r\n`), 'Invalid header'],
    ['sends two lengths', (socket) => socket.end(`${OK}content-length: 1, 2\r\n\r\n`), 'Content-Length'],
  ])('that %s: the request can be retried', async (_name, on, reason) => {
    const port = await server(net.createServer((socket) => void on(socket.on('error', () => {}))))
    const outcome = await transport(port, { timeoutMillis: 20_000 }).send(BODY)
    expect(outcome).toEqual({ kind: 'retry', reason: expect.stringContaining(reason) })
  })

  it('that never responds: the request times out and can be retried', async () => {
    const port = await server(net.createServer((socket) => void socket.on('error', () => {}).resume()))
    const outcome = await transport(port, { timeoutMillis: 50 }).send(BODY)
    expect(outcome).toEqual({ kind: 'retry', reason: 'no response within 50 ms' })
  })

  it('that sends endless headers: the request can be retried', async () => {
    const port = await server(
      net.createServer((socket) => {
        socket.on('error', () => {})
        socket.write('HTTP/1.1 200 OK\r\n')
        const more = (): void => {
          if (!socket.destroyed) socket.write(`x: ${'y'.repeat(10_000)}\r\n`, more)
        }
        more()
      }),
    )
    const outcome = await transport(port).send(BODY)
    expect(outcome).toEqual({ kind: 'retry', reason: expect.stringContaining('Header overflow') })
  })

  it('is not awaited when the transport is closed', async () => {
    const received = Promise.withResolvers<void>()
    const port = await server(http.createServer(() => received.resolve()))
    const instance = transport(port)
    const sent = instance.send(BODY)
    await received.promise
    instance.close()
    expect(await sent).toMatchObject({ kind: 'retry' })
  })

  it('gets no request after the transport is closed, not even on an open connection', async () => {
    let requests = 0
    const second = Promise.withResolvers<void>()
    const port = await server(
      http.createServer((_request, response) => {
        requests += 1
        if (requests === 1) response.end()
        else second.resolve()
      }),
    )
    const instance = transport(port)
    await instance.send(BODY)
    const sent = instance.send(BODY)
    await second.promise
    instance.close()
    expect(await sent).toMatchObject({ kind: 'retry' })
    expect(await instance.send(BODY)).toEqual(TRANSPORT_CLOSED)
    expect(requests).toBe(2)
  })
})
