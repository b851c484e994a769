import type { Transform } from 'node:stream'
import { logger } from '../logger.ts'
import type { BodyDecoder } from '../observation/stream-observation.ts'
import { eventLoopTurn } from './event-loop-turn.ts'

/** Bytes of a body that are decoded at a time; also the size of the decoder's output buffers. */
const SLICE = 4096

/**
 * Maximum output of a body in one turn of the event loop, in bytes. A body with more output is not decoded any further.
 * Decoding and scanning block the event loop for up to 30 ms per MiB (measured with events of a few bytes). A chunk of a
 * compressor is 16 KiB; a response of 3000 events of 300 bytes, compressed as a whole, also fits.
 */
const MAX_OUTPUT = 1024 * 1024

/** Base-2 logarithm of the largest window for `content-encoding: zstd`: 8 MiB (RFC 9659). */
const ZSTD_WINDOW_LOG = 23

/** The native part of a decoder of `node:zlib`. */
interface NativeHandle {
  writeSync(...args: unknown[]): unknown
  close(): void
}

/**
 * A decoder of `node:zlib`, with the internal members for synchronous decoding, which npm's `minizlib` uses too. The
 * public streams decode in a thread, so that the events of a write would be known after the end of the response.
 */
interface ZlibDecoder extends Transform {
  _handle?: NativeHandle | null
  /** Maximum output of a call of `_processChunk` in bytes; more throws `ERR_BUFFER_TOO_LARGE`. */
  _maxOutputLength?: number
  _processChunk?(chunk: Uint8Array, flush: number): Buffer
}

const OPTIONS = { chunkSize: SLICE }

/** By coding (RFC 9110 section 8.4.1, RFC 8878), in lower case. `node:zlib` is loaded for the first encoded body. */
const DECODERS = new Map<string, () => ZlibDecoder | undefined>([
  ['gzip', () => zlib().createGunzip(OPTIONS)],
  ['x-gzip', () => zlib().createGunzip(OPTIONS)],
  ['deflate', () => zlib().createInflate(OPTIONS)],
  ['br', () => zlib().createBrotliDecompress(OPTIONS)],
  ['zstd', createZstd],
])

/** Returns `undefined` on Node 23.0 to 23.7, which have no zstd. */
function createZstd(): ZlibDecoder | undefined {
  const { createZstdDecompress, constants } = zlib()
  const params = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG }
  return createZstdDecompress?.({ ...OPTIONS, params })
}

function zlib(): typeof import('node:zlib') {
  return process.getBuiltinModule('node:zlib')
}

/** Decodes a body without a content coding. */
export const IDENTITY_DECODER: BodyDecoder = {
  decode(bytes, onText) {
    onText(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'))
    return true
  },
  close() {},
}

/** Returns a decoder for a `content-encoding`; `undefined` for an unknown encoding and for a list of encodings. */
export function contentDecoder(encoding: unknown): BodyDecoder | undefined {
  const create = typeof encoding === 'string' ? DECODERS.get(encoding.trim().toLowerCase()) : undefined
  return create === undefined ? undefined : new ContentDecoder(create)
}

/**
 * Decodes a body synchronously while it is written, in slices. Decoding stops if the body is corrupt, or if its output
 * exceeds {@link MAX_OUTPUT} in one turn of the event loop. Memory: the window that the application's compressor chose (32
 * KiB for gzip and deflate, at most 16 MiB for br and 8 MiB for zstd) and, during a write, three times the output of a
 * slice.
 */
class ContentDecoder implements BodyDecoder {
  readonly #create: () => ZlibDecoder | undefined
  #decoder: ZlibDecoder | undefined
  #native: NativeHandle | undefined
  #isClosed = false
  /** The turn of the event loop of {@link ContentDecoder.#decoded}. */
  #turn = -1
  /** Output in that turn in bytes. */
  #decoded = 0

  constructor(create: () => ZlibDecoder | undefined) {
    this.#create = create
  }

  decode(bytes: Uint8Array, onText: (text: string) => void): boolean {
    if (this.#isClosed) return false
    this.#enterTurn()
    try {
      this.#open()
      for (let at = 0; at < bytes.length; at += SLICE) {
        const text = this.#decodeSlice(bytes.subarray(at, at + SLICE))
        this.#decoded += text.length
        if (text !== '') onText(text)
      }
      return true
    } catch (error) {
      this.close()
      if ((error as { readonly code?: unknown } | null)?.code === 'ERR_BUFFER_TOO_LARGE') logTooLarge()
      return false
    }
  }

  #enterTurn(): void {
    const turn = eventLoopTurn()
    if (turn === this.#turn) return
    this.#turn = turn
    this.#decoded = 0
  }

  close(): void {
    this.#isClosed = true
    const native = this.#native
    this.#native = undefined
    this.#decoder = undefined
    native?.close()
  }

  #open(): void {
    if (this.#decoder !== undefined) return
    const decoder = this.#create()
    const native = decoder?._handle
    const isKnown =
      typeof native?.writeSync === 'function' &&
      typeof decoder?._processChunk === 'function' &&
      typeof decoder._maxOutputLength === 'number'
    if (!isKnown || decoder === undefined) throw new Error('no synchronous decoder in this version of Node')
    decoder.on('error', () => {}) // also emitted when `_processChunk` throws
    this.#decoder = decoder
    this.#native = native
  }

  /** `_processChunk` closes the handle at its end. So it gets a handle whose `close` does nothing. */
  #decodeSlice(slice: Uint8Array): string {
    const decoder = this.#decoder as ZlibDecoder
    const native = this.#native as NativeHandle
    const listeners = decoder.listeners('error')
    decoder._maxOutputLength = MAX_OUTPUT - this.#decoded
    decoder._handle = { writeSync: (...args) => native.writeSync(...args), close() {} }
    try {
      return String(decoder._processChunk?.(slice, 0).toString('latin1'))
    } finally {
      decoder._handle = null
      // `_processChunk` adds a listener at each call.
      for (const listener of decoder.listeners('error').slice(listeners.length))
        decoder.off('error', listener as () => void)
    }
  }
}

let isLogged = false

/** Logs the first body of the process that exceeds the limit. Never throws. */
function logTooLarge(): void {
  if (isLogged) return
  isLogged = true
  try {
    logger.warn(
      'instruments: a compressed body exceeded 1 MiB in one turn of the event loop; the rest of it is not read: events of a stream are not counted, and tokens and tool calls of a response may be missing; send it in smaller chunks or uncompressed (logged once)',
    )
  } catch {
    // A logger that the application set may throw.
  }
}
