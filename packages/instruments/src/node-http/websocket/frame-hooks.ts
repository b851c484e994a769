import type { WebSocketObservation } from '../../observation/websocket-observation.ts'

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
export function encodingOf(encoding: unknown): BufferEncoding {
  return typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8'
}
