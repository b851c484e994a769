import type { Excerpt } from './excerpt.ts'
import { EXCERPT_HEAD } from './excerpt-buffer.ts'
import type { MaskedBytes } from './frame-sink.ts'
import { textOfBytes } from './utf8.ts'

/** Initial capacity of head and tail, in bytes. */
const INITIAL = 512

const EMPTY = new Uint8Array(0)

/**
 * Memory of an excerpt that was taken, for the next one: most messages are taken before the next begins, and an allocation takes
 * 500 ns.
 */
let spare: Uint8Array<ArrayBuffer> | undefined

/**
 * Collects the excerpt of a text from bytes that come in parts: at most {@link EXCERPT_HEAD} bytes of its beginning, and its
 * last {@link ByteExcerpt.tailLimit} bytes. Memory is allocated when needed. Bytes that are not kept are not read.
 */
export class ByteExcerpt {
  /** Bytes that are kept from the end. Set before the head is full. */
  tailLimit = 0
  #head: Uint8Array<ArrayBuffer> = takeSpare()
  #headLength = 0
  /** A ring once it has {@link ByteExcerpt.tailLimit} bytes. */
  #tail = EMPTY
  /** Number of bytes after the head, including those that were not kept. */
  #tailLength = 0

  /** Bytes that the excerpt holds. */
  get retainedBytes(): number {
    return this.#head.byteLength + this.#tail.byteLength
  }

  /** Number of bytes that were added. */
  get length(): number {
    return this.#headLength + this.#tailLength
  }

  /** Adds a part from `start` to `end`, without its mask. */
  append(part: MaskedBytes, start: number, end: number): void {
    const headEnd = Math.min(end, start + EXCERPT_HEAD - this.#headLength)
    if (start < headEnd) {
      this.#head = grown(this.#head, this.#headLength + headEnd - start, EXCERPT_HEAD)
      unmask(part, start, headEnd, this.#head, this.#headLength)
      this.#headLength += headEnd - start
    }
    if (headEnd < end) this.#appendTail(part, headEnd, end)
  }

  #appendTail(part: MaskedBytes, start: number, end: number): void {
    const limit = this.tailLimit
    const begin = this.#tailLength
    this.#tailLength += end - start
    // The rest of the frame will replace what lies before.
    const first = Math.max(start, end + Math.min(part.remaining, limit) - limit)
    if (limit === 0 || first >= end) return
    this.#tail = grown(this.#tail, this.#tailLength, limit)
    const position = (begin + first - start) % limit
    const split = Math.min(end, first + limit - position)
    unmask(part, first, split, this.#tail, position)
    unmask(part, split, end, this.#tail, 0)
  }

  /** Returns the beginning of the text. */
  beginning(bytes: number): string {
    return textOfBytes(this.#head.subarray(0, Math.min(bytes, this.#headLength)))
  }

  /** Returns the excerpt of what was added. Nothing can be added after it. */
  take(): Excerpt {
    const excerpt = this.#read()
    this.free()
    return excerpt
  }

  /** Frees the memory. Nothing can be added after it. */
  free(): void {
    if (this.#head.length === INITIAL) spare = this.#head
    this.#head = EMPTY
    this.#tail = EMPTY
  }

  #read(): Excerpt {
    const head = this.beginning(EXCERPT_HEAD)
    const limit = this.tailLimit
    const isWhole = this.#tailLength <= limit
    if (isWhole) return { head, tail: textOfBytes(this.#tail.subarray(0, this.#tailLength)), isWhole }
    if (limit === 0) return { head, tail: '', isWhole }
    const begin = this.#tailLength % limit
    const tail = textOfBytes(this.#tail.subarray(begin)) + textOfBytes(this.#tail.subarray(0, begin))
    return { head, tail, isWhole }
  }
}

function takeSpare(): Uint8Array<ArrayBuffer> {
  const bytes = spare ?? new Uint8Array(INITIAL)
  spare = undefined
  return bytes
}

/** Returns an array of at least `length` bytes, at most `limit`, with the bytes of `bytes`. */
function grown(bytes: Uint8Array<ArrayBuffer>, length: number, limit: number): Uint8Array<ArrayBuffer> {
  const capacity = bytes.length
  if (length <= capacity || capacity === limit) return bytes
  const larger = new Uint8Array(Math.min(limit, Math.max(length, 2 * capacity, INITIAL)))
  larger.set(bytes)
  return larger
}

/** Copies a part from `start` to `end` to a position of `target`, without its mask. */
function unmask(part: MaskedBytes, start: number, end: number, target: Uint8Array, position: number): void {
  const { chunk, mask } = part
  if (start >= end) return
  if (mask === 0) {
    target.set(chunk.subarray(start, end), position)
    return
  }
  const first = part.offset + start - part.start
  for (let i = 0; i < end - start; i++) {
    const key = (mask >>> (24 - 8 * ((first + i) & 3))) & 0xff
    target[position + i] = (chunk[start + i] as number) ^ key
  }
}
