/** Lines that wait to be written, up to a number of bytes. Lines contain ASCII characters only. */
export class LineQueue {
  readonly #limit: number
  #lines: string[] = []
  #bytes = 0

  /** @param limit in bytes */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Number of lines. */
  get length(): number {
    return this.#lines.length
  }

  /** Adds a line that ends with a line break. Returns `false` if it has no room. */
  add(line: string): boolean {
    if (this.#bytes + line.length > this.#limit) return false
    this.#lines.push(line)
    this.#bytes += line.length
    return true
  }

  /** Removes and returns the first lines, of at most `maxBytes` together, but at least one; none if the queue is empty. */
  take(maxBytes: number): readonly string[] {
    let bytes = 0
    let count = 0
    for (const { length } of this.#lines) {
      if (count > 0 && bytes + length > maxBytes) break
      bytes += length
      count += 1
    }
    this.#bytes -= bytes
    return this.#lines.splice(0, count)
  }

  /** Puts lines that were taken back to the front, also beyond the limit. */
  putBack(lines: readonly string[]): void {
    this.#lines = [...lines, ...this.#lines]
    for (const { length } of lines) this.#bytes += length
  }
}
