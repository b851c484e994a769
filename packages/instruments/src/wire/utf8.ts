const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Texts up to this many bytes are decoded by `String.fromCharCode`, which has the lower fixed cost. */
const SHORT_TEXT = 64

/** Returns bytes as text that has one character for each byte. */
export function textOfBytes(bytes: Uint8Array): string {
  return bytes.length <= SHORT_TEXT ? charactersOf(bytes) : asBuffer(bytes).toString('latin1')
}

/** Returns the bytes of text that has one character for each byte. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Buffer.from(text, 'latin1')
}

/** Whether a text has only characters of ASCII, which have one byte in UTF-8. */
export function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length
}

/** `apply` reads the bytes without an iterator. */
function charactersOf(bytes: Uint8Array): string {
  return String.fromCharCode.apply(null, bytes as unknown as number[])
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * Decodes text that has one character for each byte of UTF-8. Returns the text itself if it is not such text: a part of a
 * stream that the application sent as a string may be decoded already.
 */
export function decodeBytes(text: string): string {
  if (isAscii(text) || /[\u0100-\uffff]/.test(text)) return text
  try {
    return decoder.decode(bytesOf(text))
  } catch {
    return text
  }
}
