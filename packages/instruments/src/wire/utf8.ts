const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Texts up to this many bytes are decoded by `String.fromCharCode`, which has the lower fixed cost. */
const SHORT_TEXT = 64

/** Returns bytes as text that has one character for each byte. */
export function textOfBytes(bytes: Uint8Array): string {
  if (bytes.length <= SHORT_TEXT) return charactersOf(bytes)
  try {
    // Valid UTF-8 with as many units as bytes is ASCII.
    const text = decoder.decode(bytes)
    if (text.length === bytes.length) return text
  } catch {
    // It is not valid, or ends within a character.
  }
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192) text += charactersOf(bytes.subarray(at, at + 8192))
  return text
}

/** Returns the bytes of text that has one character for each byte. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < bytes.length; at++) bytes[at] = text.charCodeAt(at)
  return bytes
}

/** `apply` reads the bytes without an iterator. */
function charactersOf(bytes: Uint8Array): string {
  return String.fromCharCode.apply(null, bytes as unknown as number[])
}

/**
 * Decodes text that has one character for each byte of UTF-8. Returns the text itself if it is not such text: a part of a
 * stream that the application sent as a string may be decoded already.
 */
export function decodeBytes(text: string): string {
  if (!/[\u0080-\u00ff]/.test(text) || /[\u0100-\uffff]/.test(text)) return text
  try {
    return decoder.decode(bytesOf(text))
  } catch {
    return text
  }
}
