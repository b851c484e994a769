import { ByteExcerpt } from './byte-excerpt.ts'
import type { Excerpt } from './excerpt.ts'
import { EXCERPT_TAIL } from './excerpt-buffer.ts'
import type { MaskedBytes } from './frame-sink.ts'

/** How much of a message is kept. */
export type Extent =
  /** Nothing: the message is not passed. */
  | 'nothing'
  /** Its first {@link BEGINNING} bytes. */
  | 'beginning'
  /** Its first and last 4 kB. */
  | 'short'
  /** Its first 4 kB and last 64 kB. */
  | 'long'

/** Decides how much of a message is kept. Called at most once a message, and only if it is longer than its beginning. */
export type ExtentOf = (beginning: string) => Extent

/** Bytes of a message by which its extent is decided: enough for the type of an event that comes after its id. */
export const BEGINNING = 512

const TAIL_LIMITS = { short: 4096, long: EXCERPT_TAIL } as const

/**
 * Collects the excerpt of a WebSocket message from the parts of its payload. Text is decoded as one character a byte, which
 * keeps ASCII. Memory is bounded by the {@link Extent}, and freed with {@link MessageText.take}.
 */
export class MessageText {
  readonly #extentOf: ExtentOf
  #bytes: ByteExcerpt | undefined
  #extent: Extent | undefined
  /** The message, if its extent is its beginning. */
  #beginning: string | undefined

  constructor(extentOf: ExtentOf) {
    this.#extentOf = extentOf
  }

  /** Bytes that are held. */
  get retainedBytes(): number {
    return this.#bytes?.retainedBytes ?? this.#beginning?.length ?? 0
  }

  /**
   * Adds a part of the payload, and removes its mask.
   * @returns whether parts that follow are read
   */
  append(part: MaskedBytes): boolean {
    if (this.#extent === 'nothing' || this.#extent === 'beginning') return false
    this.#bytes ??= new ByteExcerpt()
    const { end } = part
    let at = part.start
    if (this.#extent === undefined) {
      at = Math.min(end, at + BEGINNING - this.#bytes.length)
      this.#bytes.append(part, part.start, at)
      if (at === end && part.remaining === 0) return true
      if (this.#bytes.length < BEGINNING) return true
      if (!this.#decide(this.#bytes)) return false
    }
    this.#bytes.append(part, at, end)
    return true
  }

  /** Returns whether more than the beginning is kept. */
  #decide(bytes: ByteExcerpt): boolean {
    const beginning = bytes.beginning(BEGINNING)
    const extent = this.#extentOf(beginning)
    this.#extent = extent
    if (extent === 'short' || extent === 'long') {
      bytes.tailLimit = TAIL_LIMITS[extent]
      return true
    }
    bytes.free()
    this.#bytes = undefined
    if (extent === 'beginning') this.#beginning = beginning
    return false
  }

  /** Returns the excerpt of the parts, and frees the memory; `undefined` if there was no part, or nothing of it is kept. */
  take(): Excerpt | undefined {
    const excerpt =
      this.#beginning === undefined
        ? this.#bytes?.take()
        : { head: this.#beginning, tail: '', isWhole: false }
    this.#bytes = undefined
    this.#extent = undefined
    this.#beginning = undefined
    return excerpt
  }
}
