import type { Duplex } from 'node:stream'
import { createContextKey, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contextStorage } from '../../request-context/current-request.ts'
import { ObservedHttp } from '../../testing/observed-http.ts'
import { clientClose, clientFrame, handshake, RawClient, SWITCHING } from '../../testing/raw-websocket.ts'
import { serverTracer, traceIn } from '../../testing/server-tracer.ts'
import { close, listen, portOf } from '../../testing/servers.ts'
import { frame } from '../../testing/websocket-frames.ts'

const KEY = createContextKey('turn')
const SPAN = trace.wrapSpanContext({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 })
const HANDSHAKE = trace.setSpan(ROOT_CONTEXT, SPAN).setValue(KEY, 'handshake')

/** Turns that ended, in order. */
let ended: unknown[]
let observed: ObservedHttp

beforeEach(() => {
  let turns = 0
  ended = []
  observed = new ObservedHttp()
  observed.observe({
    tracer: serverTracer(() => ({
      ...traceIn(HANDSHAKE),
      startTurn() {
        const turn = ++turns
        return {
          context: HANDSHAKE.setValue(KEY, turn),
          end: ({ outcome }) => void ended.push([turn, outcome]),
        }
      },
    })),
  })
})

afterEach(() => observed.end())

const active = (): unknown => contextStorage.active().getValue(KEY)
const textFrame = (text: string): { payload: Uint8Array } => ({ payload: Buffer.from(text) })
const request = (type: string): Buffer => clientFrame(textFrame(JSON.stringify({ type })))

/** Ends the turn in progress. */
function endTurn(socket: Duplex): void {
  socket.write(frame(textFrame('{"type":"response.created","response":{"id":"a"}}')))
  socket.write(frame(textFrame('{"type":"response.done","response":{"id":"a","status":"completed"}}')))
}

/** Serves a session; the client sends each message when the one before was handled. */
async function serve(messages: readonly Buffer[], onMessage: (socket: Duplex) => void): Promise<void> {
  const server = await listen((_request, response) => response.end())
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  server.on('upgrade', (_request, socket) => {
    socket.on('error', () => {}).on('close', resolve)
    socket.on('end', () => socket.end())
    socket.on('data', () => {
      onMessage(socket)
      socket.write(frame(textFrame('handled')))
    })
    socket.write(SWITCHING)
  })
  const client = new RawClient(portOf(server), handshake())
  await client.received(SWITCHING)
  for (const message of messages) {
    client.text = ''
    client.socket.write(message)
    await client.received('handled')
  }
  client.socket.end()
  await closed
  await close(server)
}

describe('the context in which a message is handled', () => {
  it('is that of the turn for messages from its request to its end, and that of the handshake for the others', async () => {
    const seen: unknown[] = []
    const messages = ['session.update', 'response.create', 'conversation.item.create', 'response.create']
    await serve([...messages.map(request), clientClose(1000)], (socket) => {
      seen.push(active())
      if (seen.length === 3) endTurn(socket)
    })
    expect(seen).toEqual(['handshake', 1, 1, 2, 2])
    expect(ended).toEqual([
      [1, 'completed'],
      [2, 'client_abort'],
    ])
  })

  it('stays that of the turn for code that a message started, also during the next turn', async () => {
    const later: (() => void)[] = []
    const seen: unknown[] = []
    await serve(
      ['response.create', 'session.update', 'response.create', 'session.update'].map(request),
      (socket) => {
        void new Promise<void>((resolve) => later.push(resolve)).then(() => seen.push(active()))
        if (later.length === 2) endTurn(socket)
        if (later.length === 4) for (const resolve of later) resolve()
      },
    )
    expect(seen).toEqual([1, 1, 2, 2])
  })
})
