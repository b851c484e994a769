/**
 * Finds members of a JSON object without parsing all of it. None of these functions throws; in text that is not JSON they
 * find nothing, or something that the text contains at that nesting depth.
 */

export const QUOTE = 34
const COLON = 58
const OPEN_BRACKET = 91
const BACKSLASH = 92
const CLOSE_BRACKET = 93
const OPEN_BRACE = 123
const CLOSE_BRACE = 125

/**
 * Returns where the value of the member at `path` of the JSON object that begins `text` begins; -1 if there is none.
 * @param path names of members, outermost first
 */
export function findInHead(text: string, path: readonly string[]): number {
  let depth = 0
  /** How many names of the path lead to the innermost open object that is on the path. */
  let matched = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (isOpener(code)) depth++
    else if (isCloser(code)) {
      depth--
      if (matched > 0 && depth === matched) matched--
    } else if (code === QUOTE) {
      const end = endOfString(text, at)
      if (depth === matched + 1 && text.slice(at + 1, end) === path[matched]) {
        const value = valueStart(text, end + 1)
        if (value >= 0 && matched === path.length - 1) return value
        if (value >= 0 && text.charCodeAt(value) === OPEN_BRACE) matched++
      }
      at = end
    }
  }
  return -1
}

/**
 * Returns where the value of the member at `path` of the JSON object that ends `text` begins, of an object whose beginning
 * may be missing; -1 if there is none. Objects whose own names are missing are taken to be on the path.
 *
 * Reads backwards. The end of a JSON object is outside of strings, and the quote that opens a string has no backslash before
 * it, so that strings and nesting are certain, which they would not be forwards from the middle.
 * @param path names of members, outermost first
 */
export function findInTail(text: string, path: readonly string[]): number {
  let depth = 0
  /** Where the value of a member begins whose name and depth are right; -1: not found yet. */
  let found = -1
  /** Depth of the name that has to be on the path next, for the member that was found. */
  let unconfirmed = path.length
  for (let at = text.length - 1; at >= 0 && unconfirmed > 0; at--) {
    const code = text.charCodeAt(at)
    if (isCloser(code)) depth++
    else if (isOpener(code)) depth--
    else if (code === QUOTE) {
      const start = startOfString(text, at)
      if (start <= 0) break // its beginning is missing, or may be
      const isCandidate = depth === (found < 0 ? path.length : unconfirmed)
      const value = isCandidate ? valueStart(text, at + 1) : -1
      if (value >= 0) {
        if (text.slice(start + 1, at) === path[depth - 1]) {
          if (found < 0) found = value
          unconfirmed = depth - 1
        } else if (found >= 0) {
          found = -1
          unconfirmed = path.length
        }
      }
      at = start
    }
  }
  return found
}

/** Whether a character opens an object or an array. */
export function isOpener(code: number): boolean {
  return code === OPEN_BRACE || code === OPEN_BRACKET
}

/** Whether a character closes an object or an array. */
export function isCloser(code: number): boolean {
  return code === CLOSE_BRACE || code === CLOSE_BRACKET
}

/** Returns the index of the quote that closes the string opened at `start`; the length of the text if it is missing. */
export function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH) at++
    else if (code === QUOTE) return at
  }
  return text.length
}

/** Returns the index of the quote that opens the string closed at `end`; -1 if it is missing. */
export function startOfString(text: string, end: number): number {
  for (let at = end - 1; at >= 0; at--) {
    if (text.charCodeAt(at) !== QUOTE) continue
    let backslashes = 0
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return at
    at -= backslashes
  }
  return -1
}

/** Returns where the value begins after a name that ends at `at`; -1 if no colon follows: the string is not a name. */
export function valueStart(text: string, at: number): number {
  const colon = skipSpace(text, at)
  return text.charCodeAt(colon) === COLON ? skipSpace(text, colon + 1) : -1
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (isSpace(text.charCodeAt(at))) at++
  return at
}

/** Whether a character is white space in JSON. */
export function isSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 13
}

/**
 * Parses the JSON value that begins at `start`; `undefined` if it is incomplete or invalid, or `start` is negative.
 * @param decode applied to the text of the value before it is parsed
 */
export function valueAt(text: string, start: number, decode = (value: string) => value): unknown {
  if (start < 0) return undefined
  try {
    return JSON.parse(decode(text.slice(start, endOfValue(text, start))))
  } catch {
    return undefined
  }
}

function endOfValue(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (isOpener(code)) depth++
    else if (code === QUOTE) {
      at = endOfString(text, at)
      if (depth === 0) return at + 1
    } else if (isCloser(code)) {
      if (depth === 0) return at // closes the object that contains a number or literal
      if (--depth === 0) return at + 1
    } else if (depth === 0 && code === 44) return at // a comma
  }
  return text.length
}
