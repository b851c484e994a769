/** Maximum length of an attribute value, in UTF-16 units. */
export const MAX_LENGTH = 256

/** Returns the text, or a copy of its first {@link MAX_LENGTH} units if it is longer. */
export function boundedText(text: string): string {
  return text.length <= MAX_LENGTH ? text : copyText(text)
}

/**
 * Returns a copy of the first {@link MAX_LENGTH} units of a text. To be used for texts that are stored: a slice of a string
 * keeps the whole string in memory (V8's sliced strings). A surrogate pair is not split.
 */
export function copyText(text: string): string {
  const units: number[] = []
  for (let at = 0; at < text.length && at < MAX_LENGTH; at++) units.push(text.charCodeAt(at))
  const isHalf = text.length > MAX_LENGTH && /[\ud800-\udbff]/.test(text.charAt(MAX_LENGTH - 1))
  return String.fromCharCode(...(isHalf ? units.slice(0, -1) : units))
}
