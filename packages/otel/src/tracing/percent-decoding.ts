/** A percent-encoded delimiter of a URL: `#`, `%`, `/`, `:`, `;`, `=`, `?`, `@`. */
const ESCAPED_DELIMITER = /%(?:2[35f]|3[abdf]|40)/i

/** Any percent-encoded ASCII character. */
const ESCAPED_ASCII = /%[0-7][0-9a-f]/gi

/** A decoded text with a mapping to the encoded one. */
export interface DecodedText {
  readonly text: string
  /** Returns the index in the encoded text of the character at `index`, which may be the length of the text. */
  readonly encodedIndex: (index: number) => number
}

/**
 * Decodes the percent-encoded ASCII characters in a part of a URL (RFC 3986 section 2.1); others stay encoded.
 * @returns `undefined` if none of them is a delimiter
 */
export function decodeDelimiters(encoded: string): DecodedText | undefined {
  if (!ESCAPED_DELIMITER.test(encoded)) return undefined
  const indexes: number[] = []
  let copied = 0
  const parts: string[] = []
  for (const { index, 0: escaped } of encoded.matchAll(ESCAPED_ASCII)) {
    for (let at = copied; at <= index; at++) indexes.push(at)
    parts.push(encoded.slice(copied, index), String.fromCharCode(Number.parseInt(escaped.slice(1), 16)))
    copied = index + escaped.length
  }
  for (let at = copied; at <= encoded.length; at++) indexes.push(at)
  parts.push(encoded.slice(copied))
  return { text: parts.join(''), encodedIndex: (index) => indexes[index] as number }
}
