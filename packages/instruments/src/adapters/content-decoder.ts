import type { Transform } from 'node:stream'
import type { BodyDecoder } from '../observation/stream-observation.ts'

/** How much is decoded at a time, in bytes. */
const SLICE = 4096

/** The most that one slice may become, in bytes: 256 times its size. A body that is larger is not read any further. */
const MAX_OUTPUT = 256 * SLICE

/** The largest window that a sender may use for `content-encoding: zstd`, as its logarithm: 8 MiB (RFC 9659). */
const ZSTD_WINDOW_LOG = 23

/** The native part of a decoder of `node:zlib`. */
interface NativeHandle {
  writeSync(...args: unknown[]): unknown
  close(): void
}

/**
 * A decoder of `node:zlib`, with what Node keeps on it for packages that decode at once, such as the one that unpacks for
 * npm. The public streams decode in a thread: the events of a write would be known later than the end of the response.
 */
interface Engine extends Transform {
  _handle?: NativeHandle | null
  _processChunk?(chunk: Uint8Array, flush: number): Buffer
}

const OPTIONS = { chunkSize: SLICE, maxOutputLength: MAX_OUTPUT }

/** By coding (RFC 9110 section 8.4.1, RFC 8878), in lower case. `node:zlib` is loaded for the first body that needs it. */
const ENGINES = new Map<string, () => Engine | undefined>([
  ['gzip', () => zlib().createGunzip(OPTIONS)],
  ['x-gzip', () => zlib().createGunzip(OPTIONS)],
  ['deflate', () => zlib().createInflate(OPTIONS)],
  ['br', () => zlib().createBrotliDecompress(OPTIONS)],
  ['zstd', createZstd],
])

/** `undefined` on Node 23.0 to 23.7. */
function createZstd(): Engine | undefined {
  const { createZstdDecompress, constants } = zlib()
  const params = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG }
  return createZstdDecompress?.({ ...OPTIONS, params })
}

function zlib(): typeof import('node:zlib') {
  return process.getBuiltinModule('node:zlib')
}

/** Returns a decoder for a `content-encoding`; `undefined` for one that is not known, or for several. */
export function contentDecoder(encoding: unknown): BodyDecoder | undefined {
  const create = typeof encoding === 'string' ? ENGINES.get(encoding.trim().toLowerCase()) : undefined
  return create === undefined ? undefined : new ContentDecoder(create)
}

/**
 * Decodes a body as it is written, at once, slice by slice. A body that is corrupt, or becomes larger than its bound, is
 * not read any further. Memory is that of the decoder's window: 32 KiB for gzip and deflate, at most 16 MiB for br and
 * 8 MiB for zstd, as large as the compressor of the application has asked for.
 */
class ContentDecoder implements BodyDecoder {
  readonly #create: () => Engine | undefined
  #engine: Engine | undefined
  #native: NativeHandle | undefined
  #isClosed = false

  constructor(create: () => Engine | undefined) {
    this.#create = create
  }

  decode(bytes: Uint8Array): string | undefined {
    if (this.#isClosed) return undefined
    try {
      this.#open()
      let text = ''
      for (let at = 0; at < bytes.length; at += SLICE)
        text += this.#decodeSlice(bytes.subarray(at, at + SLICE))
      return text
    } catch {
      this.close()
      return undefined
    }
  }

  close(): void {
    this.#isClosed = true
    const native = this.#native
    this.#native = undefined
    this.#engine = undefined
    native?.close()
  }

  #open(): void {
    if (this.#engine !== undefined) return
    const engine = this.#create()
    const native = engine?._handle
    const isKnown = typeof native?.writeSync === 'function' && typeof engine?._processChunk === 'function'
    if (!isKnown || engine === undefined) throw new Error('this Node has no such decoder')
    engine.on('error', () => {}) // follows what `_processChunk` throws
    this.#engine = engine
    this.#native = native
  }

  /** `_processChunk` ends with closing the handle, so it is given one that only writes. */
  #decodeSlice(slice: Uint8Array): string {
    const engine = this.#engine as Engine
    const native = this.#native as NativeHandle
    const listeners = engine.listeners('error')
    engine._handle = { writeSync: (...args) => native.writeSync(...args), close() {} }
    try {
      return String(engine._processChunk?.(slice, 0).toString('latin1'))
    } finally {
      engine._handle = null
      // It adds one at each call.
      for (const listener of engine.listeners('error').slice(listeners.length))
        engine.off('error', listener as () => void)
    }
  }
}
