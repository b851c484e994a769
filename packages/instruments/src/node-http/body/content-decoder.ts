import type { Transform } from 'node:stream'
import { logger } from '../../logger.ts'
import type { BodyDecoder } from '../../observation/stream-observation.ts'
import { eventLoopTurn } from './event-loop-turn.ts'

/** How many bytes of a body are decoded at a time, and the size of a buffer of the decoder's output. */
const SLICE = 4096

/**
 * The most that a body may become in one turn of the event loop, in bytes of output; one that becomes larger is not read
 * any further. Decoding and scanning blocks the event loop for up to 30 ms per MiB (measured with events of a few bytes),
 * whereas a compressor's chunk is 16 KiB and an answer of 3000 events of 300 bytes, compressed as a whole, fits.
 */
const MAX_OUTPUT = 1024 * 1024

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
  /** How much `_processChunk` may return before it throws `ERR_BUFFER_TOO_LARGE`. */
  _maxOutputLength?: number
  _processChunk?(chunk: Uint8Array, flush: number): Buffer
}

const OPTIONS = { chunkSize: SLICE }

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
 * Decodes a body synchronously as it is written, slice by slice. A body that is corrupt, or becomes larger than
 * {@link MAX_OUTPUT} in one turn of the event loop, is not read any further. Memory is that of the decoder's window: 32 KiB
 * for gzip and deflate, at most 16 MiB for br and 8 MiB for zstd, as large as the compressor of the application has asked
 * for; and, during a write, three times what one slice becomes.
 */
class ContentDecoder implements BodyDecoder {
  readonly #create: () => Engine | undefined
  #engine: Engine | undefined
  #native: NativeHandle | undefined
  #isClosed = false
  /** In which turn {@link ContentDecoder.#decoded} was. */
  #turn = -1
  /** Bytes of output in that turn. */
  #decoded = 0

  constructor(create: () => Engine | undefined) {
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
    this.#engine = undefined
    native?.close()
  }

  #open(): void {
    if (this.#engine !== undefined) return
    const engine = this.#create()
    const native = engine?._handle
    const isKnown =
      typeof native?.writeSync === 'function' &&
      typeof engine?._processChunk === 'function' &&
      typeof engine._maxOutputLength === 'number'
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
    engine._maxOutputLength = MAX_OUTPUT - this.#decoded
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

let isLogged = false

/** Reports the first body of the process that becomes too large. Never throws. */
function logTooLarge(): void {
  if (isLogged) return
  isLogged = true
  try {
    logger.warn(
      'instruments: a compressed event stream became larger than 1 MiB in one turn of the event loop: its further events are not counted, and its outcome is that of its connection and calls; write it in smaller parts, or uncompressed. Logged once.',
    )
  } catch {
    // The logger is the application's where it has set one.
  }
}
