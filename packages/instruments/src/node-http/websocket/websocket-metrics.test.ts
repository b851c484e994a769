import type { IncomingMessage } from 'node:http'
import net from 'node:net'
import { Duplex, pipeline, Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { setRoute } from '../../observation/observation-registry.ts'
import { ObservedHttp } from '../../testing/observed-http.ts'
import { clientClose, clientFrame, handshake, RawClient, SWITCHING } from '../../testing/raw-websocket.ts'
import { close, listen, portOf } from '../../testing/servers.ts'
import { CONTINUATION, closeFrame, frame, PING, PONG } from '../../testing/websocket-frames.ts'

let observed: ObservedHttp

beforeEach(() => {
  observed = new ObservedHttp()
  observed.observe({ observes: (target) => target !== '/excluded' })
})

afterEach(() => observed.end())

type Handler = (socket: Duplex, request: IncomingMessage, head: Buffer) => unknown

/** Serves upgrades, runs a client, and waits until both sides have closed. */
async function exchange(
  onUpgrade: Handler,
  client: (raw: RawClient) => unknown,
  first: string | Uint8Array = handshake(),
): Promise<void> {
  const server = await listen((_request, response) => response.end())
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {}).on('close', resolve)
    void onUpgrade(socket, request, head)
  })
  const raw = new RawClient(portOf(server), first)
  await client(raw)
  await closed
  raw.socket.destroy()
  await close(server)
}

/** Sums of all `websocket.*` counters, and the number of durations, without what is 0. */
function totals(): Record<string, number> {
  const { provider } = observed
  const names = [...new Set(provider.calls.map(({ name }) => name))].filter((name) => /^websocket/.test(name))
  const entries = names.flatMap((name) =>
    Object.entries(name.endsWith('duration') ? provider.counts(name) : provider.sums(name)).map(
      ([key, value]) => [`${name.slice('websocket.'.length)} ${key}`, value] as const,
    ),
  )
  return Object.fromEntries(entries.filter(([, value]) => value !== 0))
}

/** The totals of one accepted connection without a route. */
const accepted = (code: string, outcome: string, more: Record<string, number> = {}) => ({
  'connections route=unmatched,outcome=accepted': 1,
  'connection.duration route=unmatched': 1,
  [`closes route=unmatched,code=${code}`]: 1,
  [`sessions route=unmatched,outcome=${outcome}`]: 1,
  ...more,
})

const counted = (direction: 'received' | 'sent', messages: number, bytes: number) => ({
  [`messages route=unmatched,direction=${direction}`]: messages,
  [`message.bytes route=unmatched,direction=${direction}`]: bytes,
})

const accept: Handler = (socket) => {
  socket.write(SWITCHING)
  socket.resume().on('end', () => socket.end())
}

describe('a handshake', () => {
  const rejected = { 'connections route=unmatched,outcome=rejected': 1 }

  it.each<[string, Handler, Record<string, number>]>([
    ['answered with 401', (socket) => socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n'), rejected],
    ['answered with 400 as bytes', (socket) => socket.end(Buffer.from('HTTP/1.1 400 Bad\r\n\r\n')), rejected],
    ['answered without HTTP', (socket) => socket.end('no'), rejected],
    ['destroyed without an answer', (socket) => socket.destroy(), rejected],
    ['ended without an answer', (socket) => socket.end(), rejected],
    [
      'of a route, answered with 404',
      (socket, request) => {
        setRoute(request, '/ws/:id')
        socket.end('HTTP/1.1 404 Not Found\r\n\r\n')
      },
      { 'connections route=/ws/{id},outcome=rejected': 1 },
    ],
  ])('%s is rejected', async (_how, onUpgrade, expected) => {
    await exchange(
      (socket, request, head) => {
        socket.resume()
        return onUpgrade(socket, request, head)
      },
      (raw) => raw.socket.end(clientFrame({})),
    )
    expect(totals()).toEqual(expected)
  })

  it('that the client abandons is rejected', async () => {
    await exchange(
      (socket) => void socket.resume().on('end', () => socket.end()),
      (raw) => raw.socket.end(),
    )
    expect(totals()).toEqual(rejected)
  })

  it('counts with the route that is set before its acceptance', async () => {
    await exchange(
      (socket, request, head) => {
        setRoute(request, '/ws/:id')
        accept(socket, request, head)
        setRoute(request, '/late')
      },
      (raw) => raw.socket.end(clientClose(1000)),
    )
    expect(totals()).toEqual({
      'connections route=/ws/{id},outcome=accepted': 1,
      'connection.duration route=/ws/{id}': 1,
      'closes route=/ws/{id},code=1000': 1,
      'sessions route=/ws/{id},outcome=completed': 1,
    })
  })

  it.each([
    ['for another protocol', handshake('/ws', 'h2c'), SWITCHING.replace('websocket', 'h2c')],
    [
      'answered with another protocol',
      handshake('/ws', 'h2c, websocket'),
      SWITCHING.replace('websocket', 'h2c'),
    ],
    ['of an excluded path', handshake('/excluded'), SWITCHING],
  ])('%s is not measured, and nothing but the end stays wrapped', async (_what, first, response) => {
    let own: string[] = []
    await exchange(
      (socket) => {
        socket.write(response)
        own = Object.getOwnPropertyNames(socket).filter((name) => /^(push|write|end)$/.test(name))
        socket.resume().on('end', () => socket.end())
      },
      (raw) => raw.socket.end(clientFrame({})),
      first,
    )
    expect([totals(), own]).toEqual([{}, []])
  })
})

describe('messages', () => {
  const first = clientFrame({ payload: Buffer.alloc(200) })
  const fragments = [
    clientFrame({ isFinal: false, payload: Buffer.alloc(300) }),
    clientFrame({ opcode: PING }),
    clientFrame({ opcode: CONTINUATION, payload: Buffer.alloc(70_000) }),
  ]
  const bytes = Buffer.concat([...fragments, clientClose(1001)])

  it.each<[string, (socket: Duplex) => unknown]>([
    ['a data listener', (socket) => socket.on('data', () => {})],
    [
      'read()',
      (socket) =>
        socket.on('readable', () => {
          while (socket.read() !== null);
        }),
    ],
    ['pipe', (socket) => socket.pipe(new Writable({ write: (_chunk, _encoding, done) => done() }))],
    [
      'async iteration',
      async (socket) => {
        for await (const _chunk of socket as AsyncIterable<Buffer>);
      },
    ],
  ])('are counted if the application reads with %s', async (_how, consume) => {
    await exchange(
      (socket, _request, head) => {
        if (head.length > 0) socket.unshift(head)
        socket.on('end', () => socket.end())
        socket.write(SWITCHING)
        void consume(socket)
      },
      async (raw) => {
        await raw.received('\r\n\r\n')
        raw.socket.end(bytes)
      },
      Buffer.concat([Buffer.from(handshake()), first]),
    )
    expect(totals()).toEqual(accepted('1001', 'completed', counted('received', 2, 70_500)))
  })

  it('are counted if they arrive before the handshake is accepted', async () => {
    await exchange(
      (socket) => socket.resume().on('end', () => socket.end(SWITCHING)),
      (raw) => raw.socket.end(bytes),
      Buffer.concat([Buffer.from(handshake()), first]),
    )
    expect(totals()).toMatchObject(counted('received', 2, 70_500))
  })

  it('that are sent are counted as bytes and as text, in one write or in several', async () => {
    const text = 'é'.repeat(100)
    await exchange(
      (socket) => {
        socket.resume()
        socket.write(Buffer.concat([Buffer.from(SWITCHING), frame({ payload: Buffer.from('a') })]))
        socket.cork()
        socket.write(Uint8Array.of(0x81))
        socket.write(Uint8Array.of(126, 0, 200))
        socket.write(text)
        socket.write('8203', 'hex')
        socket.write('abc', () => {})
        socket.uncork()
        socket.end(Buffer.concat([frame({ payload: Buffer.from('last') }), closeFrame(3000)]))
      },
      async (raw) => {
        await raw.received('last')
        raw.socket.end()
      },
    )
    expect(totals()).toEqual(accepted('3xxx', 'completed', counted('sent', 4, 208)))
  })

  it('that are sent as text in the default encoding of the socket are counted in it', async () => {
    const text = frame({ payload: Buffer.alloc(200, 0xe9) }).toString('latin1')
    await exchange(
      (socket) => {
        socket.resume()
        socket.write(SWITCHING)
        socket.setDefaultEncoding('latin1')
        socket.write(text)
        socket.write(text, () => {})
        socket.end(closeFrame(1000))
      },
      (raw) => raw.socket.on('end', () => raw.socket.end()),
    )
    expect(totals()).toEqual(accepted('1000', 'completed', counted('sent', 2, 400)))
  })

  it('that a stream of the application pushes as text are counted', async () => {
    const server = await listen((_request, response) => response.end())
    const connection = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
    const closed = new Promise((resolve) => connection.on('close', resolve))
    const upgraded = new Promise<void>((resolve) =>
      server.on('upgrade', (_request, socket) => {
        socket.resume().on('end', () => socket.end())
        socket.write(SWITCHING)
        resolve()
      }),
    )
    server.emit('connection', connection)
    connection.push(handshake(), 'latin1')
    await upgraded
    connection.push(clientFrame({ payload: Buffer.alloc(200, 0xe9) }).toString('latin1'), 'latin1')
    connection.push(clientClose(1000).toString('hex'), 'hex')
    connection.push(null)
    await closed
    await close(server)
    expect(totals()).toEqual(accepted('1000', 'completed', counted('received', 1, 200)))
  })

  it('that are written after the end of the socket are not counted', async () => {
    await exchange(
      (socket) => {
        socket.resume()
        socket.write(SWITCHING)
        socket.end(closeFrame(1000))
        socket.write(frame({}))
      },
      (raw) => raw.socket.on('end', () => raw.socket.end()),
    )
    expect(totals()).toEqual(accepted('1000', 'completed'))
  })

  it('after an invalid frame are not counted, and the connection counts once as unread', async () => {
    await exchange(accept, async (raw) => {
      await raw.received('\r\n\r\n')
      raw.socket.write(clientFrame({ payload: Buffer.from('ab') }))
      raw.socket.end(Buffer.concat([frame({}), clientFrame({})]))
    })
    observed.provider.collect()
    expect(totals()).toEqual(accepted('1006', 'client_abort', counted('received', 1, 2)))
    expect(observed.provider.sums('vr_otel.websocket.unread')).toEqual({ '': 1 })
  })

  it.each([1002, 1007, 1009])('that the server refuses with %d leave the connection unread', async (code) => {
    await exchange(
      (socket) => {
        socket.write(SWITCHING)
        socket.once('data', () => socket.end(closeFrame(code)))
      },
      async (raw) => {
        await raw.received('\r\n\r\n')
        raw.socket.end(clientFrame({ payload: Buffer.of(0xff) }))
      },
    )
    observed.provider.collect()
    expect(totals()).toMatchObject({ [`closes route=unmatched,code=${code}`]: 1 })
    expect(observed.provider.sums('vr_otel.websocket.unread')).toEqual({ '': 1 })
  })

  it('that are compressed are counted without bytes, and the connection counts once as unread', async () => {
    const response = SWITCHING.replace(/\r\n$/, 'Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n')
    await exchange(
      (socket) => {
        socket.write(response)
        socket.write(frame({ reserved: 4, payload: Buffer.alloc(9) }))
        socket.resume().on('end', () => socket.end())
      },
      async (raw) => {
        await raw.received('\r\n\r\n')
        raw.socket.end(clientFrame({ reserved: 4, payload: Buffer.alloc(5) }))
      },
    )
    observed.provider.collect()
    const messages = {
      'messages route=unmatched,direction=received': 1,
      'messages route=unmatched,direction=sent': 1,
    }
    expect(totals()).toEqual(accepted('1006', 'client_abort', messages))
    expect(observed.provider.sums('vr_otel.websocket.unread')).toEqual({ '': 1 })
  })
})

/** Proxies a WebSocket to an engine that resets its connection when it receives a message. */
async function proxy(connect: (engine: net.Socket, socket: Duplex) => void): Promise<void> {
  const engine = net.createServer((connection) => {
    connection.on('error', () => {}).once('data', () => connection.resetAndDestroy())
  })
  await new Promise<void>((resolve) => engine.listen(0, '127.0.0.1', resolve))
  await exchange(
    (socket) => {
      const upstream = net.connect((engine.address() as net.AddressInfo).port, '127.0.0.1')
      upstream.on('error', () => {})
      socket.write(SWITCHING)
      socket.pipe(upstream)
      connect(upstream, socket)
    },
    async (raw) => {
      await raw.received('\r\n\r\n')
      raw.socket.write(clientFrame({}))
      raw.socket.on('end', () => raw.socket.end())
    },
  )
  await new Promise((resolve) => engine.close(resolve))
}

describe('a connection that ends', () => {
  it.each<[string, (engine: net.Socket, socket: Duplex) => unknown]>([
    ['pipeline', (engine, socket) => pipeline(engine, socket, () => {})],
    ['destroy', (engine, socket) => engine.on('error', (error) => socket.destroy(error))],
  ])(
    'by an engine that resets its connection to a proxy with %s is the error of the server',
    async (...[, connect]) => {
      await proxy(connect)
      expect(totals()).toMatchObject({ 'sessions route=unmatched,outcome=server_error': 1 })
    },
  )

  it.each<[string, Handler, (raw: RawClient) => unknown, string, string]>([
    ['by FIN of the client', accept, (raw) => raw.socket.end(), '1006', 'client_abort'],
    ['by RST of the client', accept, (raw) => raw.socket.resetAndDestroy(), '1006', 'client_abort'],
    ['by close 1000 of the client', accept, (raw) => raw.socket.end(clientClose(1000)), '1000', 'completed'],
    [
      'by close 1002 of the client',
      accept,
      (raw) => raw.socket.end(clientClose(1002)),
      '1002',
      'client_abort',
    ],
    ['by close without a code', accept, (raw) => raw.socket.end(clientClose(undefined)), '1005', 'completed'],
    [
      'by close 1011 of the server, answered with 1000',
      (socket, request, head) => {
        accept(socket, request, head)
        socket.write(closeFrame(1011))
      },
      (raw) => raw.socket.end(clientClose(1000)),
      '1011',
      'server_error',
    ],
    [
      'by destroy() of the server',
      (socket, request, head) => {
        accept(socket, request, head)
        socket.once('data', () => socket.destroy())
      },
      (raw) => raw.socket.write(clientFrame({ opcode: PONG })),
      '1006',
      'server_error',
    ],
    [
      'by end() of the server',
      (socket, request, head) => {
        accept(socket, request, head)
        socket.end()
      },
      (raw) => raw.socket.on('end', () => raw.socket.end()),
      '1006',
      'server_error',
    ],
    [
      'by destroy() of the server after a ping without an answer',
      (socket, request, head) => {
        accept(socket, request, head)
        socket.write(frame({ opcode: PING }))
        socket.once('data', () => socket.destroy())
      },
      (raw) => raw.socket.write(clientFrame({})),
      '1006',
      'timeout',
    ],
    [
      'by destroy() of the server after a ping with an answer',
      (socket, request, head) => {
        accept(socket, request, head)
        socket.write(frame({ opcode: PING }))
        socket.once('data', () => socket.destroy())
      },
      (raw) => raw.socket.write(clientFrame({ opcode: PONG })),
      '1006',
      'server_error',
    ],
    [
      'by its idle limit',
      (socket, request, head) => {
        accept(socket, request, head)
        socket.once('timeout', () => socket.destroy())
        socket.once('data', () => socket.emit('timeout'))
      },
      (raw) => raw.socket.write(clientFrame({ opcode: PONG })),
      '1006',
      'timeout',
    ],
    [
      'by destroy() after an idle time that the client has ended',
      (socket, request, head) => {
        accept(socket, request, head)
        socket.emit('timeout')
        socket.once('data', () => socket.destroy())
      },
      (raw) => raw.socket.write(clientFrame({ opcode: PONG })),
      '1006',
      'server_error',
    ],
  ])('%s counts once', async (_how, onUpgrade, leave, code, outcome) => {
    await exchange(onUpgrade, async (raw) => {
      await raw.received('\r\n\r\n')
      await leave(raw)
    })
    const ended = accepted(code, outcome)
    const isMessage = ([key]: [string, number]) => key.startsWith('message')
    expect(Object.fromEntries(Object.entries(totals()).filter((entry) => !isMessage(entry)))).toEqual(ended)
  })
})
