import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import http, { type ClientRequest } from 'node:http'
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

  it('says to those who observe calls that it is none of the application', async () => {
    const port = await server(
      http.createServer((request, response) => request.resume().on('end', () => response.end())),
    )
    const seen: unknown[] = []
    const look = (message: unknown): void => {
      const { agent } = (message as { request: ClientRequest & { agent: object } }).request
      seen.push(Reflect.get(agent, Symbol.for('vr.otel.unobserved')))
    }
    subscribe('http.client.request.created', look)
    ends.push(() => unsubscribe('http.client.request.created', look))
    await transport(port).send(BODY)
    expect(seen).toEqual([true])
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

describe('a collector that is none', () => {
  it.each<[string, (socket: net.Socket) => unknown, string]>([
    ['cuts connections', (socket) => socket.resetAndDestroy(), 'ECONNRESET'],
    ['ends connections', (socket) => socket.end(), 'socket hang up'],
    ['speaks another protocol', (socket) => socket.end('hello\r\n\r\n'), 'Parse Error'],
    ['breaks off in the middle', (socket) => socket.end('HTTP/1.1 200'), 'socket hang up'],
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
