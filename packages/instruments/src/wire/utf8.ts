const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Decodes text that has one character for each byte of UTF-8. Returns the text itself if it is not such text: a part of a
 * stream that the application sent as a string may be decoded already.
 */
export function decodeBytes(text: string): string {
  if (!/[\u0080-\u00ff]/.test(text) || /[\u0100-\uffff]/.test(text)) return text
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < bytes.length; at++) bytes[at] = text.charCodeAt(at)
  try {
    return decoder.decode(bytes)
  } catch {
    return text
  }
}
