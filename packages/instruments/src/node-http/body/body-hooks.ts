import { requestObservationOf } from '../../observation/observation-registry.ts'
import type { ObservedBody } from '../../observation/request-observation.ts'
import { guardVoid } from '../../patching/guard.ts'
import type { Undo } from '../../patching/undo.ts'
import { type Method, type Wrap, wrapMethod } from '../../patching/wrap-method.ts'

/** The members of a response, or of an HTTP/2 stream, that are used. */
interface BodyWriter {
  readonly writableEnded: boolean
  readonly destroyed: boolean
  write(...args: never[]): unknown
  end(...args: never[]): unknown
}

/**
 * Wraps a method that writes to the body, and passes the chunks of bodies that are read to their observation. The first call
 * may send the headers, so the observation is read after the call.
 * @returns undoes it
 */
export function wrapBodyMethod(prototype: BodyWriter, name: 'write' | 'end'): Undo {
  const onChunk = guardVoid('stream_chunk', (body: ObservedBody, chunk: unknown, encoding: unknown) =>
    recordChunk(body, chunk, encoding),
  )
  const wrapper = (original: Method, wrap: Wrap) =>
    function send(this: BodyWriter, ...args: unknown[]): unknown {
      if (wrap.isUndone) return original(this, args)
      const couldSend = !this.writableEnded && !this.destroyed
      const result = original(this, args)
      const body = couldSend ? requestObservationOf(this)?.body : undefined
      if (body !== undefined) onChunk(body, args[0], args[1])
      return result
    }
  return wrapMethod(prototype, name, wrapper)
}

/** Records a chunk of a body. `chunk` and `encoding` are the arguments of `write` or `end` of Node's streams. */
export function recordChunk(body: ObservedBody, chunk: unknown, encoding: unknown): void {
  if (typeof chunk === 'string') {
    if (chunk === '') return
    if (!isUtf8(encoding) || !body.isIdentity)
      recordChunk(body, Buffer.from(chunk, encoding as BufferEncoding), undefined)
    else if (body.kind === 'json') body.sentPart(chunk)
    else body.sent(Buffer.byteLength(chunk), chunk)
  } else if (chunk instanceof Uint8Array && chunk.byteLength > 0) {
    const bytes = Buffer.isBuffer(chunk)
      ? chunk
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (!body.isIdentity) body.sentCoded(bytes)
    else if (body.kind === 'json') body.sentPart(bytes)
    else body.sentBytes(bytes)
  }
}

/** Whether a string chunk is sent as UTF-8, not decoded from `hex`, `base64` or another encoding. */
function isUtf8(encoding: unknown): boolean {
  return typeof encoding !== 'string' || encoding === 'utf8' || !Buffer.isEncoding(encoding)
}
