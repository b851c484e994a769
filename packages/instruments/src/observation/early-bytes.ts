import type { WebSocketFrameReader } from '../wire/websocket-frames.ts'

/**
 * Bytes from before the handshake is accepted that are kept: a client may send messages together with the handshake. The text of
 * more bytes is not read.
 */
const MAX_EARLY = 16_384

/** Keeps what arrives on a WebSocket before its handshake is accepted, when the extensions of its frames are not known yet. */
export class EarlyBytes {
  readonly #reader: WebSocketFrameReader
  /** Copies of the chunks; `undefined`: they were too long and are read. */
  #chunks: Uint8Array[] | undefined = []
  #bytes = 0

  /** @param reader reads the bytes at the acceptance, or when they become too long to be kept */
  constructor(reader: WebSocketFrameReader) {
    this.#reader = reader
  }

  /** Copies the bytes: the application may change them, as `ws` does to remove masks. */
  append(chunk: Uint8Array): void {
    this.#bytes += chunk.length
    if (this.#bytes > MAX_EARLY) this.read()
    if (this.#chunks === undefined) this.#reader.read(chunk)
    else this.#chunks.push(new Uint8Array(chunk))
  }

  /** Called when the handshake is accepted. */
  read(): void {
    const chunks = this.#chunks
    this.#chunks = undefined
    for (const chunk of chunks ?? []) this.#reader.read(chunk)
  }
}
