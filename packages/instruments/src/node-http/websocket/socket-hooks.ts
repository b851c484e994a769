import type { Duplex } from 'node:stream'
import type { SocketObservation } from '../../observation/socket-observation.ts'
import { guardVoid } from '../../patching/guard.ts'
import { wrapMethod } from '../../patching/wrap-method.ts'
import type { EventContext } from '../event-context.ts'
import { causeOfClose, isPeerConnected } from '../termination-cause.ts'
import { ConnectionHooks } from './connection-hooks.ts'
import { bytesOf, readSent } from './frame-hooks.ts'
import { HandshakeResponse } from './handshake-response.ts'

/**
 * Observes the socket of a request for another protocol: the answer to the handshake, which is the first data that the
 * application writes, the frames of a WebSocket after it, and the end of the connection. When the connection turns out to be
 * no WebSocket, only its end stays observed.
 * @param head bytes that arrived together with the handshake
 * @param events runs the listeners of the socket in the context of the handshake; `undefined`: they keep their context
 */
export function observeSocket(
  socket: Duplex,
  head: unknown,
  observation: SocketObservation,
  events: EventContext | undefined,
): void {
  const isDestroyedByServer = observeDestroy(socket)
  const hooks = new ConnectionHooks(socket, {
    observation,
    events,
    onAnswer: answerHook(observation, () => hooks.release()),
    causeOf: (hasServerEnded) =>
      hasServerEnded || isDestroyedByServer() ? 'server_closed' : causeOfClose(socket, false),
  })
  hooks.received(head, undefined)
}

/**
 * Observes `destroy`, which Node calls with an error of the connection, and the application with any error, for example that of
 * a connection to an engine.
 * @returns whether the socket was destroyed with an error while the client was connected
 */
function observeDestroy(socket: Duplex): () => boolean {
  let isDestroyedByServer = false
  const onError = guardVoid('upgrade_end', () => {
    if (!socket.destroyed && !socket.readableEnded) isDestroyedByServer = isPeerConnected(socket) === true
  })
  wrapMethod(
    socket,
    'destroy',
    (original) =>
      function destroy(this: Duplex, ...args: unknown[]): unknown {
        if (args[0] != null) onError()
        return original(this, args)
      },
  )
  return () => isDestroyedByServer
}

/** @param release called when neither frames nor an answer can follow */
function answerHook(
  observation: SocketObservation,
  release: () => void,
): (chunk: unknown, encoding: unknown) => void {
  const { webSocket } = observation
  const response = new HandshakeResponse(webSocket !== undefined)
  return guardVoid('upgrade_answer', (chunk: unknown, encoding: unknown) => {
    const bytes = bytesOf(chunk, encoding)
    const answer = bytes === undefined ? undefined : response.read(bytes)
    if (answer === undefined) return
    if (answer.type === 'accepted') {
      observation.accepted({ status: 101, extensions: answer.extensions })
      if (webSocket !== undefined) readSent(webSocket.sent, answer.rest, undefined)
      return
    }
    release()
    observation.answered(answer.status)
  })
}
