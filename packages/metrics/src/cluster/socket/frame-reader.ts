/** Separates the messages on a stream. JSON never contains it outside of a string, and inside of one only as an escape. */
const SEPARATOR = 0x0a

/**
 * Reads messages of a byte stream: lines of UTF-8 text. An unfinished line at the end of the stream is not a message, so that a
 * sender that is killed in the middle of a write does no harm.
 */
export class FrameReader {
  readonly #maxBytes: number
  readonly #onFrame: (text: string) => void
  #pieces: Buffer[] = []
  #bytes = 0

  /** @param maxBytes largest size of a message */
  constructor(maxBytes: number, onFrame: (text: string) => void) {
    this.#maxBytes = maxBytes
    this.#onFrame = onFrame
  }

  /** Whether a message has started that is not complete. */
  get isIncomplete(): boolean {
    return this.#bytes > 0
  }

  /**
   * Calls `onFrame` for each message that `chunk` completes.
   * @returns false if a message is too large: the stream must not be read further
   */
  read(chunk: Buffer): boolean {
    let start = 0
    for (;;) {
      const end = chunk.indexOf(SEPARATOR, start)
      const piece = chunk.subarray(start, end < 0 ? chunk.length : end)
      if (this.#bytes + piece.length > this.#maxBytes) return false
      if (piece.length > 0) {
        this.#pieces.push(piece)
        this.#bytes += piece.length
      }
      if (end < 0) return true
      const frame = this.#pieces.length === 1 ? (this.#pieces[0] as Buffer) : Buffer.concat(this.#pieces)
      this.#pieces = []
      this.#bytes = 0
      this.#onFrame(frame.toString('utf8'))
      start = end + 1
    }
  }
}
