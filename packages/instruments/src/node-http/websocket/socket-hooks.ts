import type { Duplex } from 'node:stream'
import type { TerminationCause } from '../../observation/outcome.ts'
import type { SocketObservation } from '../../observation/socket-observation.ts'
import { guardVoid } from '../../patching/guard.ts'
import { type Undo, undoAll } from '../../patching/undo.ts'
import { wrapMethod } from '../../patching/wrap-method.ts'
import type { EventContext } from '../event-context.ts'
import { causeOfClose, isPeerConnected } from '../termination-cause.ts'
import { bytesOf, observeReceived, readSent } from './frame-hooks.ts'
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
  const { webSocket } = observation
  const undo: Undo[] = webSocket === undefined ? [] : [observeReceived(socket, head, webSocket)]
  const onWrite = writeHook(observation, () => undoAll(undo))
  undo.push(wrapWriter(socket, 'write', onWrite), wrapWriter(socket, 'end', onWrite))
  const isDestroyedByServer = observeDestroy(socket)
  observeEvents(socket, observation, events, (hasServerEnded) =>
    hasServerEnded || isDestroyedByServer() ? 'server_closed' : causeOfClose(socket, false),
  )
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

/** Called with the chunk of `write` or `end`, and its encoding if it is text. */
export type WriteHook = (chunk: unknown, encoding: unknown) => void

/** @param release called when neither frames nor an answer can follow */
function writeHook(observation: SocketObservation, release: () => void): WriteHook {
  const { webSocket } = observation
  const response = new HandshakeResponse(webSocket !== undefined)
  const onFrames = guardVoid('websocket_frames', readSent)
  const onAnswer = guardVoid('upgrade_answer', (chunk: unknown, encoding: unknown) => {
    const bytes = bytesOf(chunk, encoding)
    const answer = bytes === undefined ? undefined : response.read(bytes)
    if (answer === undefined) return
    if (answer.type === 'accepted') {
      observation.accepted({ status: 101, extensions: answer.extensions })
      if (webSocket !== undefined) onFrames(webSocket, answer.rest, undefined)
      return
    }
    release()
    observation.answered(answer.status)
  })
  return (chunk, encoding) => {
    if (webSocket?.isOpen === true) onFrames(webSocket, chunk, encoding)
    else onAnswer(chunk, encoding)
  }
}

/**
 * Wraps `write` or `end` of a socket: passes each chunk to `onWrite` before it is written.
 * @returns undoes it
 */
export function wrapWriter(socket: Duplex, name: 'write' | 'end', onWrite: WriteHook): Undo {
  return wrapMethod(
    socket,
    name,
    (original, wrap) =>
      function send(this: Duplex, ...args: unknown[]): unknown {
        if (!wrap.isUndone && !this.writableEnded && !this.destroyed)
          onWrite(args[0], typeof args[1] === 'string' ? args[1] : defaultEncodingOf(this))
        return original(this, args)
      },
  )
}

/** The encoding that the application has set with `setDefaultEncoding`. */
function defaultEncodingOf(socket: Duplex): unknown {
  return (socket as { readonly _writableState?: { readonly defaultEncoding?: unknown } })._writableState
    ?.defaultEncoding
}

/**
 * Observes the end of a connection and its idle time. Wraps `emit`, since the application could count a listener.
 * @param causeOf returns why the connection closed, given whether the application ended its side before the client
 */
export function observeEvents(
  socket: Duplex,
  observation: SocketObservation,
  events: EventContext | undefined,
  causeOf: (hasServerEnded: boolean) => TerminationCause,
): void {
  let hasServerEnded = false
  const onClose = guardVoid('upgrade_end', () => observation.closed(causeOf(hasServerEnded)))
  wrapMethod(
    socket,
    'emit',
    (original) =>
      function emit(this: Duplex, ...args: unknown[]): unknown {
        if (args[0] === 'timeout') observation.webSocket?.idle()
        else if (args[0] === 'end') hasServerEnded = this.writableEnded
        try {
          return events === undefined ? original(this, args) : events.emit(this, original, args)
        } finally {
          // Also if a listener throws, since the process may continue (`uncaughtException`).
          if (args[0] === 'close') onClose()
        }
      },
  )
}
