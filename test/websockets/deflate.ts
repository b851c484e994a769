import {
  constants,
  createDeflateRaw,
  createInflateRaw,
  type DeflateRaw,
  deflateRawSync,
  type InflateRaw,
  inflateRawSync,
} from 'node:zlib'

/** Whether a peer keeps its compression window from one message to the next (RFC 7692 section 7.1.1). */
export type ContextTakeover = 'takeover' | 'no takeover'

const { Z_SYNC_FLUSH } = constants
const SYNC = { finishFlush: Z_SYNC_FLUSH }

/** The end of a flushed block, which is left out of messages (RFC 7692 section 7.2.1). */
const TAIL = Buffer.from([0, 0, 0xff, 0xff])

/** permessage-deflate of one connection: compresses what the client sends, and decompresses what it receives. */
export class MessageDeflate {
  readonly #keepsWindow: boolean
  readonly #deflate = createDeflateRaw()
  readonly #inflate = createInflateRaw()

  constructor(takeover: ContextTakeover) {
    this.#keepsWindow = takeover === 'takeover'
  }

  /** The header `Sec-WebSocket-Extensions` that offers the extension. */
  static offer(takeover: ContextTakeover): string {
    if (takeover === 'takeover') return 'permessage-deflate'
    return 'permessage-deflate; client_no_context_takeover; server_no_context_takeover'
  }

  async compress(message: Buffer): Promise<Buffer> {
    const flushed = this.#keepsWindow ? await flush(this.#deflate, message) : deflateRawSync(message, SYNC)
    return flushed.subarray(0, -TAIL.length)
  }

  async decompress(payload: Buffer): Promise<Buffer> {
    const bytes = Buffer.concat([payload, TAIL])
    return this.#keepsWindow ? flush(this.#inflate, bytes) : inflateRawSync(bytes, SYNC)
  }

  close(): void {
    this.#deflate.close()
    this.#inflate.close()
  }
}

function flush(stream: DeflateRaw | InflateRaw, bytes: Buffer): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const parts: Buffer[] = []
  const onData = (part: Buffer): unknown => parts.push(part)
  stream.on('data', onData).once('error', reject)
  stream.write(bytes)
  stream.flush(Z_SYNC_FLUSH, () => {
    stream.off('data', onData).off('error', reject)
    resolve(Buffer.concat(parts))
  })
  return promise
}
