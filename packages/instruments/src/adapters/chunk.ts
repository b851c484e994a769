import type { StreamObservation } from '../observation/stream-observation.ts'

/** Tells a stream of a chunk, as the `write` and `end` of Node's streams take it. */
export function tellChunk(stream: StreamObservation, chunk: unknown, encoding: unknown): void {
  if (typeof chunk === 'string') {
    if (chunk !== '') stream.sent(byteLength(chunk, encoding), chunk)
  } else if (chunk instanceof Uint8Array && chunk.byteLength > 0) {
    const bytes = Buffer.isBuffer(chunk)
      ? chunk
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    stream.sent(bytes.length, stream.isReadable ? bytes.toString('latin1') : '')
  }
}

function byteLength(text: string, encoding: unknown): number {
  if (typeof encoding !== 'string' || encoding === 'utf8') return Buffer.byteLength(text)
  return Buffer.byteLength(text, Buffer.isEncoding(encoding) ? encoding : 'utf8')
}
