/** Bytes of a body that are kept. */
const MAX_BYTES = 1_048_576

/** The first bytes of a body, up to 1 MB. Copies the chunks, which their owner may reuse. */
export class CapturedBody {
  readonly #chunks: Uint8Array[] = []
  #length = 0
  #isTruncated = false

  /** Whether the body is longer than what is kept. */
  get isTruncated(): boolean {
    return this.#isTruncated
  }

  /** Takes the next part of the body; text is taken as UTF-8. */
  append(chunk: Uint8Array | string): void {
    const bytes = typeof chunk === 'string' ? encoder.encode(chunk) : chunk
    const taken = bytes.slice(0, MAX_BYTES - this.#length)
    if (taken.length < bytes.length) this.#isTruncated = true
    if (taken.length === 0) return
    this.#chunks.push(taken)
    this.#length += taken.length
  }

  /** Returns the bytes as text; invalid UTF-8 is replaced. */
  text(): string {
    const decoder = new TextDecoder()
    return `${this.#chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('')}${decoder.decode()}`
  }
}

const encoder = new TextEncoder()
