import { requestObservationOf } from '../../observation/observation-registry.ts'
import type { StreamObservation } from '../../observation/stream-observation.ts'
import { guardVoid } from '../../patching/guard.ts'
import { type Method, type Wrap, wrapMethod } from '../../patching/wrap-method.ts'

/** What is used of a response, or of a stream of HTTP/2. */
interface Sender {
  readonly writableEnded: boolean
  readonly destroyed: boolean
  write(...args: never[]): unknown
  end(...args: never[]): unknown
}

/**
 * Tells the observation of every response what its event stream sends. The first chunk may be what sends the headers, so
 * it is looked at after the call.
 * @returns undoes it
 */
export function wrapBodyMethod(prototype: Sender, name: 'write' | 'end'): () => void {
  const onChunk = guardVoid('stream_chunk', (stream: StreamObservation, chunk: unknown, encoding: unknown) =>
    recordChunk(stream, chunk, encoding),
  )
  const wrapper = (original: Method, wrap: Wrap) =>
    function send(this: Sender, ...args: unknown[]): unknown {
      if (wrap.isUndone) return original(this, args)
      const couldSend = !this.writableEnded && !this.destroyed
      const result = original(this, args)
      const stream = couldSend ? requestObservationOf(this)?.stream : undefined
      if (stream !== undefined) onChunk(stream, args[0], args[1])
      return result
    }
  return wrapMethod(prototype, name, wrapper)
}

/** Tells a stream of a chunk, as the `write` and `end` of Node's streams take it. */
export function recordChunk(stream: StreamObservation, chunk: unknown, encoding: unknown): void {
  if (typeof chunk === 'string') {
    if (chunk === '') return
    if (isText(encoding) && stream.isIdentity) stream.sent(Buffer.byteLength(chunk), chunk)
    else recordChunk(stream, Buffer.from(chunk, encoding as BufferEncoding), undefined)
  } else if (chunk instanceof Uint8Array && chunk.byteLength > 0) {
    const bytes = Buffer.isBuffer(chunk)
      ? chunk
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (stream.isIdentity) stream.sent(bytes.length, bytes.toString('latin1'))
    else stream.sentCoded(bytes)
  }
}

/** Whether a string is sent as UTF-8, and not as the bytes that it stands for in another encoding. */
function isText(encoding: unknown): boolean {
  return typeof encoding !== 'string' || encoding === 'utf8' || !Buffer.isEncoding(encoding)
}
