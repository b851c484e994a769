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
  ] as const)('of %s has the type %s; compression %s', async (protocol, type, compression) => {
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
    const made = transport(port, { protocol, compression, headers: { team: 'a', 'content-type': 'x' } })
    expect(await made.send(BODY)).toEqual(ACCEPTED)
    expect(seen).toEqual([{ method: 'POST', url: '/v1/metrics?tenant=a', type, team: 'a', text: 'body' }])
  })

  it('is none that those who observe calls of the application are told of', async () => {
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

  it('keeps its own framing and takes the host of the user; a header that is none is refused', async () => {
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

  it('goes over a connection of its own while another one waits', async () => {
    const sockets = new Set<net.Socket>()
    const waiting: http.ServerResponse[] = []
    const port = await server(
      http.createServer((request, response) => {
        sockets.add(request.socket)
        if (waiting.push(response) === 3) for (const one of waiting) one.end()
      }),
    )
    const made = transport(port)
    const outcomes = await Promise.all([1, 2, 3].map(() => made.send(BODY)))
    expect(outcomes).toEqual([ACCEPTED, ACCEPTED, ACCEPTED])
    expect(sockets.size).toBe(3)
  })

  it('uses a connection again, and makes a new one if the server has closed it meanwhile', async () => {
    const sockets = new Set<net.Socket>()
    const port = await server(
      http.createServer((request, response) => {
        sockets.add(request.socket)
        response.end()
      }),
    )
    const made = transport(port)
    expect(await made.send(BODY)).toEqual(ACCEPTED)
    expect(await made.send(BODY)).toEqual(ACCEPTED)
    expect(sockets.size).toBe(1)
    for (const socket of sockets) socket.destroy()
    expect(await made.send(BODY)).toEqual(ACCEPTED)
    expect(sockets.size).toBe(2)
  })
})

describe('an answer', () => {
  const later = new Date(Date.now() + 90_000).toUTCString()

  it.each<[number, Record<string, string>, string, unknown]>([
    [200, {}, '', ACCEPTED],
    [202, {}, 'garbage', ACCEPTED],
    [429, { 'retry-after': '7' }, '', { kind: 'retry', reason: 'HTTP status 429', retryAfterMs: 7000 }],
    [503, { 'retry-after': 'soon' }, '', { kind: 'retry', reason: 'HTTP status 503' }],
    [503, { 'retry-after': later }, '', { kind: 'retry', retryAfterMs: expect.closeTo(90_000, -4) }],
    [502, {}, '', { kind: 'retry' }],
    [504, {}, '', { kind: 'retry' }],
    [500, {}, '', { kind: 'refused', category: 'endpoint' }],
    [400, {}, '', { kind: 'refused', category: 'data' }],
    [401, {}, '', { kind: 'refused', category: 'credentials' }],
    [404, {}, '', { kind: 'refused', reason: 'HTTP status 404', category: 'endpoint' }],
    [301, { location: '/elsewhere' }, '', { kind: 'refused', category: 'endpoint' }],
  ])('with status %d and %j is understood', async (status, headers, body, expected) => {
    const port = await server(
      http.createServer((_request, response) => response.writeHead(status, headers).end(body)),
    )
    expect(await transport(port).send(BODY)).toMatchObject(expected as object)
  })

  it.each([
    ['http/json', '{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"late"}}'],
    ['http/protobuf', Buffer.from([10, 8, 8, 3, 18, 4, ...Buffer.from('late')])],
  ] as const)('of %s may accept a part', async (protocol, body) => {
    const port = await server(http.createServer((_request, response) => response.end(body)))
    const outcome = await transport(port, { protocol }).send(BODY)
    expect(outcome).toEqual({ kind: 'accepted', rejected: 3, message: 'late' })
  })

  it('may name the time to wait twice: the first counts', async () => {
    const port = await server(
      net.createServer((socket) =>
        socket.end('HTTP/1.1 503 No\r\nretry-after: 7\r\nretry-after: 9\r\ncontent-length: 0\r\n\r\n'),
      ),
    )
    expect(await transport(port).send(BODY)).toMatchObject({ kind: 'retry', retryAfterMs: 7000 })
  })

  it('counts by its head, if its body does not come in time', async () => {
    const port = await server(
      net.createServer((socket) => {
        socket.on('error', () => {}).write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n')
      }),
    )
    expect(await transport(port, { timeoutMillis: 100 }).send(BODY)).toEqual(ACCEPTED)
  })

  it('is read up to 4 MiB, whatever it is', async () => {
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

describe('a collector that is none', () => {
  it.each<[string, (socket: net.Socket) => unknown, string]>([
    ['cuts connections', (socket) => socket.resetAndDestroy(), 'ECONNRESET'],
    ['ends connections', (socket) => socket.end(), 'socket hang up'],
    ['speaks another protocol', (socket) => socket.end('hello\r\n\r\n'), 'Parse Error'],
    ['breaks off in the middle', (socket) => socket.end('HTTP/1.1 200'), 'socket hang up'],
    ['sends more than a chunk', (socket) => socket.end(`${CHUNKED}5\r\nabcdefg\r\n`), 'longer than it says'],
    ['changes the protocol', (socket) => socket.write('HTTP/1.1 101 Go\r\n\r\n'), 'another protocol'],
    ['sends a NUL', (socket) => socket.write(`${OK}a: b\0c\r\n\r\n`), 'Invalid header'],
    ['gives two lengths', (socket) => socket.end(`${OK}content-length: 1, 2\r\n\r\n`), 'Content-Length'],
    ['never speaks', (socket) => socket.resume(), 'no answer within 100 ms'],
  ])('%s', async (_name, on, reason) => {
    const port = await server(net.createServer((socket) => void on(socket.on('error', () => {}))))
    const outcome = await transport(port, { timeoutMillis: 100 }).send(BODY)
    expect(outcome).toEqual({ kind: 'retry', reason: expect.stringContaining(reason) })
  })

  it('sends headers without end', async () => {
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

  it('is not waited for when the transport is closed', async () => {
    const asked = Promise.withResolvers<void>()
    const port = await server(http.createServer(() => asked.resolve()))
    const made = transport(port)
    const sent = made.send(BODY)
    await asked.promise
    made.close()
    expect(await sent).toMatchObject({ kind: 'retry' })
  })

  it('gets nothing once the transport is closed, on a connection that was used before either', async () => {
    let asked = 0
    const second = Promise.withResolvers<void>()
    const port = await server(
      http.createServer((_request, response) => {
        asked += 1
        if (asked === 1) response.end()
        else second.resolve()
      }),
    )
    const made = transport(port)
    await made.send(BODY)
    const sent = made.send(BODY)
    await second.promise
    made.close()
    expect(await sent).toMatchObject({ kind: 'retry' })
    expect(await made.send(BODY)).toEqual(TRANSPORT_CLOSED)
    expect(asked).toBe(2)
  })
})
