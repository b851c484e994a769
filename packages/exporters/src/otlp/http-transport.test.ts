import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import http from 'node:http'
import net from 'node:net'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { listen } from '../test-support/collector.ts'
import { HttpTransport } from './http-transport.ts'
import type { OtlpConnection } from './options.ts'
import { CLOSED, type Outcome } from './outcome.ts'

const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function server(made: net.Server): Promise<number> {
  ends.push(() => {
    made.close()
    if (made instanceof http.Server) made.closeAllConnections()
  })
  return listen(made)
}

function transport(port: number, options: Partial<OtlpConnection> = {}): HttpTransport {
  const url = `http://127.0.0.1:${port}/v1/metrics?tenant=a`
  const made = new HttpTransport({ protocol: 'http/protobuf', url, ...options })
  ends.push(() => made.close())
  return made
}

const BODY = Buffer.from('body')
const ACCEPTED: Outcome = { kind: 'accepted', rejected: 0 }

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

  it('cannot be changed by a header of the user, and one that is none is refused', async () => {
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
        host: `127.0.0.1:${port}`,
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
    [429, { 'retry-after': '7' }, '', { kind: 'retry', reason: 'HTTP status 429', afterMs: 7000 }],
    [503, { 'retry-after': 'soon' }, '', { kind: 'retry', reason: 'HTTP status 503' }],
    [503, { 'retry-after': later }, '', { kind: 'retry', afterMs: expect.closeTo(90_000, -4) }],
    [502, {}, '', { kind: 'retry' }],
    [504, {}, '', { kind: 'retry' }],
    [500, {}, '', { kind: 'refused', blame: 'endpoint' }],
    [400, {}, '', { kind: 'refused', blame: 'data' }],
    [401, {}, '', { kind: 'refused', blame: 'credentials' }],
    [404, {}, '', { kind: 'refused', reason: 'HTTP status 404', blame: 'endpoint' }],
    [301, { location: '/elsewhere' }, '', { kind: 'refused', blame: 'endpoint' }],
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

describe('a connection', () => {
  /** How many connections two requests take whose answers are these bytes. */
  async function connectionsFor(
    answer: string,
    after: (socket: net.Socket) => void = () => {},
  ): Promise<number> {
    let connections = 0
    const port = await server(
      net.createServer((socket) => {
        connections++
        socket
          .on('error', () => {})
          .on('data', (data) => {
            if (!String(data).includes('body')) return
            socket.write(answer)
            after(socket)
          })
      }),
    )
    const made = transport(port)
    for (let n = 0; n < 2; n++) expect(await made.send(BODY)).toEqual(ACCEPTED)
    return connections
  }

  it.each([
    ['an answer of a known length', `${OK}content-length: 2\r\n\r\n{}`, 1],
    ['one in chunks', `${CHUNKED}2;x=1\r\n{}\r\n0\r\ntrailer: 1\r\n\r\n`, 1],
    ['one without a body', 'HTTP/1.1 204 No Content\r\n\r\n', 1],
    ['one after an interim one', `HTTP/1.1 103 Early\r\nlink: x\r\n\r\n${OK}content-length: 0\r\n\r\n`, 1],
    [
      'an old server that keeps it',
      'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\ncontent-length: 0\r\n\r\n',
      1,
    ],
    ['an old server', 'HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n', 2],
    ['a server that says that it closes it', `${OK}connection: close\r\ncontent-length: 0\r\n\r\n`, 2],
    ['more than an answer', `${OK}content-length: 0\r\n\r\nHTTP/1.1 200 OK`, 2],
  ])('is used again, or not, after %s', async (_name, answer, connections) => {
    expect(await connectionsFor(answer)).toBe(connections)
  })

  it('ends a body that says no length', async () => {
    expect(await connectionsFor(`${OK}\r\n{}`, (socket) => socket.end())).toBe(2)
  })
})

describe('a collector that is none', () => {
  it.each<[string, (socket: net.Socket) => unknown, string]>([
    ['cuts connections', (socket) => socket.resetAndDestroy(), 'ECONNRESET'],
    ['ends connections', (socket) => socket.end(), 'socket hang up'],
    ['speaks another protocol', (socket) => socket.end('hello\r\n\r\n'), 'Parse Error'],
    ['breaks off in the middle', (socket) => socket.end('HTTP/1.1 200'), 'socket hang up'],
    ['sends more than a chunk', (socket) => socket.end(`${CHUNKED}5\r\nabcdefg\r\n`), 'longer than it says'],
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
    expect(await made.send(BODY)).toEqual(CLOSED)
    expect(asked).toBe(2)
  })
})
