import { isCloser, isOpener, QUOTE, startOfString, valueAt } from './json-scan.ts'

/** Nesting depth in an array that is a member of the outermost object, and in that object. */
const IN_ARRAY = 2
const IN_OBJECT = 1

/**
 * Returns the objects at the end of an array whose beginning is missing, in order. The array is a member of the JSON object that
 * ends `text`. Reads backwards, as `findInTail` does. Of an array whose beginning is in the text, and of text that is not JSON,
 * it returns nothing, or something that the text contains.
 * @param decode applied to the text of an element before it is parsed
 */
export function lastElementsIn(text: string, decode: (value: string) => string): unknown[] {
  let starts: number[] = []
  let depth = 0
  for (let at = text.length - 1; at >= 0; at--) {
    const code = text.charCodeAt(at)
    if (isCloser(code)) depth++
    else if (isOpener(code)) {
      depth--
      if (depth === IN_ARRAY) starts.push(at)
      else if (depth === IN_OBJECT)
        starts = [] // of a member that is whole
      else if (depth < IN_OBJECT) return []
    } else if (code === QUOTE) {
      at = startOfString(text, at)
      if (at <= 0) break // its beginning is missing, or may be
    }
  }
  return starts.reverse().map((start) => valueAt(text, start, decode))
}
