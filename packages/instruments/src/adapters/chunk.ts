import type { StreamObservation } from '../observation/stream-observation.ts'

/** Tells a stream of a chunk, as the `write` and `end` of Node's streams take it. */
export function tellChunk(stream: StreamObservation, chunk: unknown, encoding: unknown): void {
  if (typeof chunk === 'string') {
    const isEncoding = typeof encoding === 'string' && Buffer.isEncoding(encoding)
    const bytes = Buffer.byteLength(chunk, isEncoding ? encoding : 'utf8')
    if (bytes > 0) stream.sent(bytes, chunk)
  } else if (chunk instanceof Uint8Array && chunk.byteLength > 0) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    stream.sent(bytes.length, stream.isReadable ? bytes.toString('latin1') : '')
  }
}
