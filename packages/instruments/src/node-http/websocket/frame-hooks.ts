import type { DirectionObservation } from '../../observation/direction-observation.ts'
import { BEGINNING } from '../../wire/message-text.ts'

/** Passes a chunk that is written after the response to a handshake to the observation of what is sent. */
export function readSent(sent: DirectionObservation, chunk: unknown, encoding: unknown): void {
  if (chunk instanceof Uint8Array) sent.read(chunk)
  else if (typeof chunk === 'string' && chunk !== '') readSentText(sent, chunk, encodingOf(encoding))
}

/** Payload that is skipped needs no copy of the text. Of most long messages, only the beginning is read. */
function readSentText(sent: DirectionObservation, text: string, encoding: BufferEncoding): void {
  const length = Buffer.byteLength(text, encoding)
  if (sent.skip(length)) return
  const beginning = encoding === 'utf8' ? beginningOf(text) : text
  const bytes = Buffer.from(beginning, encoding)
  sent.read(bytes)
  if (beginning.length === text.length || sent.skip(length - bytes.length)) return
  sent.read(Buffer.from(text.slice(beginning.length), encoding))
}

/** Reads the payload of a compressed frame, of which the observation may need the beginning only. */
export function readPayload(direction: DirectionObservation, payload: Buffer | string): void {
  if (typeof payload !== 'string') {
    direction.payloadText(payload)
    return
  }
  const beginning = beginningOf(payload)
  if (direction.payloadText(Buffer.from(beginning)) && beginning.length < payload.length)
    direction.payloadText(Buffer.from(payload.slice(beginning.length)))
}

/** Returns the part of a text by which it is decided how much of a message is read. It does not end within a character. */
function beginningOf(text: string): string {
  if (text.length <= BEGINNING) return text
  const isSurrogatePairCut = (text.charCodeAt(BEGINNING - 1) & 0xfc00) === 0xd800
  return text.slice(0, isSurrogatePairCut ? BEGINNING + 1 : BEGINNING)
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
