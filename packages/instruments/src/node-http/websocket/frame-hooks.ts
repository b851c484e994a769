import type { Duplex } from 'node:stream'
import type { WebSocketObservation } from '../../observation/websocket-observation.ts'
import { guardVoid } from '../../patching/guard.ts'
import type { Undo } from '../../patching/undo.ts'
import { wrapMethod } from '../../patching/wrap-method.ts'

/**
 * Wraps `push` of a socket: Node calls it with everything that arrives, however the application reads it (`data`, `read`,
 * `pipe`, `for await`), and it changes neither flow nor listeners. Bytes that are read are passed to an observation before the
 * application receives them.
 * @param head bytes that arrived together with the handshake
 * @returns undoes it
 */
export function observeReceived(socket: Duplex, head: unknown, webSocket: WebSocketObservation): Undo {
  const onBytes = guardVoid('websocket_frames', (chunk: unknown, encoding: unknown) => {
    // Only a stream of the application pushes text, as the connection of a server.
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encodingOf(encoding)) : chunk
    if (!(bytes instanceof Uint8Array)) return
    webSocket.active()
    webSocket.received.read(bytes)
  })
  onBytes(head, undefined)
  return wrapMethod(
    socket,
    'push',
    (original, wrap) =>
      function push(this: Duplex, ...args: unknown[]): unknown {
        if (!wrap.isUndone) onBytes(args[0], args[1])
        return original(this, args)
      },
  )
}

/** Passes a chunk that is written after the response to a handshake to its observation. */
export function readSent(webSocket: WebSocketObservation, chunk: unknown, encoding: unknown): void {
  if (chunk instanceof Uint8Array) webSocket.sent.read(chunk)
  else if (typeof chunk === 'string' && chunk !== '') {
    // Payload that is skipped needs no copy of the text.
    const known = encodingOf(encoding)
    if (!webSocket.sent.skip(Buffer.byteLength(chunk, known))) webSocket.sent.read(Buffer.from(chunk, known))
  }
}

/** Returns a chunk of `write` or `end` as bytes; `undefined` if it is none. */
export function bytesOf(chunk: unknown, encoding: unknown): Buffer | undefined {
  if (typeof chunk === 'string') return Buffer.from(chunk, encodingOf(encoding))
  if (!(chunk instanceof Uint8Array)) return undefined
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}

/** Node's default is UTF-8. */
function encodingOf(encoding: unknown): BufferEncoding {
  return typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8'
}
