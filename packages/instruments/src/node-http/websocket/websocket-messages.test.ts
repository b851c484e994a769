import { Duplex, Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ObservedHttp } from '../../testing/observed-http.ts'
import { clientClose, clientFrame, handshake, SWITCHING } from '../../testing/raw-websocket.ts'
import { close, listen } from '../../testing/servers.ts'
import { accept, accepted, counted, exchange, totalsOf } from '../../testing/websocket-exchange.ts'
import { CONTINUATION, closeFrame, frame, PING } from '../../testing/websocket-frames.ts'

let observed: ObservedHttp

beforeEach(() => {
  observed = new ObservedHttp()
  observed.observe({ observes: (target) => target !== '/excluded' })
})

afterEach(() => observed.end())

const totals = () => totalsOf(observed)

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
