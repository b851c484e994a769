import net from 'node:net'
import { type Duplex, pipeline } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ObservedHttp } from '../../testing/observed-http.ts'
import { clientClose, clientFrame, type RawClient, SWITCHING } from '../../testing/raw-websocket.ts'
import { accept, accepted, exchange, type Handler, totalsOf } from '../../testing/websocket-exchange.ts'
import { closeFrame, frame, PING, PONG } from '../../testing/websocket-frames.ts'

let observed: ObservedHttp

beforeEach(() => {
  observed = new ObservedHttp()
  observed.observe({ observes: (target) => target !== '/excluded' })
})

afterEach(() => observed.end())

const totals = () => totalsOf(observed)

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
