import type { Excerpt } from './excerpt.ts'
import { copyOfUnits } from './values.ts'

/** UTF-16 code units that are kept from the beginning of a long text. */
export const EXCERPT_HEAD = 4096
/** UTF-16 code units that are kept from the end of a long text. */
export const EXCERPT_TAIL = 65_536

/** Returns the excerpt of `text` from `start` to `end`. */
export function excerptOf(text: string, start: number, end: number): Excerpt {
  const headEnd = Math.min(end, start + EXCERPT_HEAD)
  const tailStart = Math.max(headEnd, end - EXCERPT_TAIL)
  return {
    head: text.slice(start, headEnd),
    tail: text.slice(tailStart, end),
    isWhole: tailStart === headEnd,
  }
}

/**
 * Collects the excerpt of a text that comes in parts. Keeps copies of at most {@link EXCERPT_HEAD} + {@link EXCERPT_TAIL}
 * UTF-16 units: a slice of a string would keep the whole string in memory. Memory is allocated when needed and freed by
 * {@link ExcerptBuffer.take}.
 */
export class ExcerptBuffer {
  #head = EMPTY
  #headLength = 0
  /** A ring once it has {@link EXCERPT_TAIL} units. */
  #tail = EMPTY
  /** Number of units after the head, including those that were overwritten. */
  #tailLength = 0

  /** Bytes that the buffer holds. */
  get retainedBytes(): number {
    return this.#head.byteLength + this.#tail.byteLength
  }

  /** Adds the part of `text` from `start` to `end`. */
  append(text: string, start: number, end: number): void {
    const headEnd = Math.min(end, start + EXCERPT_HEAD - this.#headLength)
    if (this.#head.length === 0) this.#head = new Uint16Array(EXCERPT_HEAD)
    for (let at = start; at < headEnd; at++) this.#head[this.#headLength++] = text.charCodeAt(at)
    if (headEnd < end) this.#appendTail(text, headEnd, end)
  }

  #appendTail(text: string, start: number, end: number): void {
    this.#grow(this.#tailLength + end - start)
    const ring = this.#tail
    const first = Math.max(start, end - EXCERPT_TAIL)
    let position = (this.#tailLength + first - start) % EXCERPT_TAIL
    for (let at = first; at < end; at++) {
      ring[position++] = text.charCodeAt(at)
      if (position === EXCERPT_TAIL) position = 0
    }
    this.#tailLength += end - start
  }

  #grow(length: number): void {
    const capacity = this.#tail.length
    if (length <= capacity || capacity === EXCERPT_TAIL) return
    const grown = new Uint16Array(Math.min(EXCERPT_TAIL, Math.max(length, 2 * capacity)))
    grown.set(this.#tail)
    this.#tail = grown
  }

  /** Returns the excerpt of what was added, and frees the memory. */
  take(): Excerpt {
    const head = copyOfUnits(this.#head.subarray(0, this.#headLength))
    const isWhole = this.#tailLength <= EXCERPT_TAIL
    const begin = this.#tailLength % EXCERPT_TAIL
    const tail = isWhole
      ? copyOfUnits(this.#tail.subarray(0, this.#tailLength))
      : copyOfUnits(this.#tail.subarray(begin)) + copyOfUnits(this.#tail.subarray(0, begin))
    this.#head = EMPTY
    this.#tail = EMPTY
    this.#headLength = 0
    this.#tailLength = 0
    return { head, tail, isWhole }
  }
}

const EMPTY = new Uint16Array(0)
