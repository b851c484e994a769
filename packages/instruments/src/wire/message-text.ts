import { ByteExcerpt } from './byte-excerpt.ts'
import type { Excerpt } from './excerpt.ts'
import { EXCERPT_TAIL } from './excerpt-buffer.ts'
import type { MaskedBytes } from './websocket-frames.ts'

/** How much of a message is kept. */
export type Extent =
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

  constructor(extentOf: ExtentOf) {
    this.#extentOf = extentOf
  }

  /** Bytes that are held. */
  get retainedBytes(): number {
    return this.#bytes?.retainedBytes ?? 0
  }

  /** Adds a part of the payload, and removes its mask. */
  append(part: MaskedBytes): void {
    if (this.#extent === 'beginning') return
    this.#bytes ??= new ByteExcerpt()
    const { end } = part
    let at = part.start
    if (this.#extent === undefined) {
      at = Math.min(end, at + BEGINNING - this.#bytes.length)
      this.#bytes.append(part, part.start, at)
      if (at === end && part.remaining === 0) return
      if (this.#bytes.length < BEGINNING) return
      this.#extent = this.#extentOf(this.#bytes.beginning(BEGINNING))
      if (this.#extent === 'beginning') return
      this.#bytes.tailLimit = TAIL_LIMITS[this.#extent]
    }
    this.#bytes.append(part, at, end)
  }

  /** Returns the excerpt of the parts, and frees the memory; `undefined` if there was no part. */
  take(): Excerpt | undefined {
    const excerpt = this.#bytes?.read()
    const isCut = this.#extent === 'beginning'
    this.#bytes = undefined
    this.#extent = undefined
    return isCut && excerpt !== undefined ? { ...excerpt, isWhole: false } : excerpt
  }
}
