import { createHash } from 'node:crypto'
import zlib from 'node:zlib'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { BodyDecoder } from '../observation/stream-observation.ts'
import { contentDecoder } from './content-decoder.ts'

const ENCODERS = {
  gzip: zlib.gzipSync,
  'X-GZIP': zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: (body: string | Buffer) =>
    zlib.brotliCompressSync(body, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }),
  zstd: zlib.zstdCompressSync,
} as const

const CODINGS = Object.entries(ENCODERS) as [keyof typeof ENCODERS, (body: string | Buffer) => Buffer][]

afterEach(() => vi.restoreAllMocks())

/** Returns the decoded text of a chunk; `undefined` if the decoder has stopped. */
function decoded(decoder: BodyDecoder | undefined, chunk: Uint8Array): string | undefined {
  let text = ''
  return decoder?.decode(chunk, (part) => (text += part)) ? text : undefined
}

/** Decodes chunks in one turn of the event loop; `undefined` for each chunk after the decoder has stopped. */
function decodeAll(coding: string, chunks: readonly Uint8Array[]): (string | undefined)[] {
  const decoder = contentDecoder(coding)
  const texts = chunks.map((chunk) => decoded(decoder, chunk))
  decoder?.close()
  return texts
}

const FACTORIES = {
  gzip: 'createGunzip',
  'X-GZIP': 'createGunzip',
  deflate: 'createInflate',
  br: 'createBrotliDecompress',
  zstd: 'createZstdDecompress',
} as const

/** Counts the output of the native handles of decoders in bytes. */
function countOutput(coding: keyof typeof FACTORIES): { bytes: number } {
  const output = { bytes: 0 }
  const create = zlib[FACTORIES[coding]].bind(zlib)
  vi.spyOn(zlib, FACTORIES[coding]).mockImplementation((options?: object) => {
    const engine = create(options)
    const { _handle: native, _writeState: state } = engine as unknown as {
      _handle: { writeSync(...args: unknown[]): void }
      _writeState: Uint32Array
    }
    const write = native.writeSync.bind(native)
    native.writeSync = (...args) => {
      write(...args)
      output.bytes += Number(args[6]) - Number(state[0]) // free space in the output buffer before and after
    }
    return engine as never
  })
  return output
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

const MIB = 1024 * 1024

/** 3 MB of text that compresses badly, so that no slice alone exceeds the limit. */
const EVENTS = Array.from({ length: 60_000 }, (_, n) => {
  const token = createHash('sha256').update(`${n}`).digest('base64')
  return `data: ${token}\n\n`
}).join('')

describe.each(CODINGS)('a body in %s', (coding, encode) => {
  const text = Array.from({ length: 50 }, (_, n) => `data: {"delta":"token ${n}"}\n\n`).join('')
  const body = encode(text)

  it('is decoded for any split into two chunks', () => {
    for (let at = 0; at <= body.length; at++) {
      const pieces = [body.subarray(0, at), body.subarray(at)]
      expect(decodeAll(coding, pieces).join('')).toBe(text)
    }
    const bytes = Array.from(body, (byte) => Buffer.from([byte]))
    expect(decodeAll(coding, bytes).join('')).toBe(text)
  })

  it('that is cut is decoded up to the cut, without an error', () => {
    for (let at = 0; at < body.length; at++) {
      const [head] = decodeAll(coding, [body.subarray(0, at)])
      expect(text.startsWith(head as string)).toBe(true)
    }
  })

  it('that is corrupt is not decoded any further, without an error', async () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), fc.nat(), (noise, at) => {
        const cut = at % body.length
        const texts = decodeAll(coding, [body.subarray(0, cut), ...noise, body.subarray(cut)])
        const stopped = texts.indexOf(undefined)
        if (stopped >= 0) expect(texts.slice(stopped)).toEqual(texts.slice(stopped).fill(undefined))
      }),
    )
    await nextTurn() // an unhandled `error` event would end the process
  })

  it.each([
    ['one write', 1],
    ['several writes of one turn', 4],
    ['many small writes of one turn', 1000],
  ])('that exceeds 1 MiB in %s is not decoded any further', (_how, count) => {
    const output = countOutput(coding)
    for (const bomb of [encode(Buffer.alloc(8 * MIB)), encode(EVENTS)]) {
      output.bytes = 0
      const size = Math.ceil(bomb.length / count)
      const chunks = Array.from({ length: count }, (_, n) => bomb.subarray(n * size, (n + 1) * size))
      expect(decodeAll(coding, [...chunks, bomb]).at(-1)).toBeUndefined()
      expect(output.bytes).toBeGreaterThan(0)
      expect(output.bytes).toBeLessThanOrEqual(MIB + 4096)
    }
  })

  it('is decoded in slices, up to the limit', () => {
    const decoder = contentDecoder(coding)
    const parts: number[] = []
    const body = encode(EVENTS.slice(0, MIB / 2) + ' '.repeat(8 * MIB))
    expect(decoder?.decode(body, (text) => parts.push(text.length))).toBe(false)
    expect(parts.length).toBeGreaterThan(2)
    expect(parts.reduce((sum, length) => sum + length)).toBeLessThanOrEqual(MIB)
  })

  it('may exceed 1 MiB in several turns of the event loop', async () => {
    const decoder = contentDecoder(coding)
    const large = encode(EVENTS)
    const size = Math.ceil(large.length / 8)
    let decoded = ''
    for (let at = 0; at < large.length; at += size) {
      expect(decoder?.decode(large.subarray(at, at + size), (part) => (decoded += part))).toBe(true)
      await nextTurn()
    }
    expect(decoded).toBe(EVENTS)
    decoder?.close()
  })

  it('that is larger than a slice is decoded completely', () => {
    const noise = fc.sample(fc.string({ unit: 'grapheme-ascii', minLength: 30_000, maxLength: 30_000 }), 1)[0]
    expect(decodeAll(coding, [encode(noise as string)])).toEqual([noise])
  })
})

describe('a decoder', () => {
  it.each(['compress', 'gzip, br', '', 'constructor', undefined, ['gzip']])(
    'does not exist for the encoding %j',
    (encoding) => {
      expect(contentDecoder(encoding)).toBeUndefined()
    },
  )

  it('closes its native handle once, and decodes nothing after that', () => {
    const engine = zlib.createGunzip({ chunkSize: 4096 })
    const native = (engine as unknown as { _handle: { close(): void } })._handle
    const closed = vi.spyOn(native, 'close')
    const created = vi.spyOn(zlib, 'createGunzip').mockReturnValue(engine)
    const decoder = contentDecoder('gzip')
    expect(created).not.toHaveBeenCalled() // created for the first chunk
    decoded(decoder, zlib.gzipSync('x'))
    expect(closed).not.toHaveBeenCalled()
    decoder?.close()
    decoder?.close()
    expect(closed).toHaveBeenCalledTimes(1)
    expect(decoded(decoder, zlib.gzipSync('x'))).toBeUndefined()
  })

  it('has one error listener after many chunks', () => {
    const engine = zlib.createGunzip({ chunkSize: 4096 })
    vi.spyOn(zlib, 'createGunzip').mockReturnValue(engine)
    const decoder = contentDecoder('gzip')
    for (const byte of zlib.gzipSync('x'.repeat(100))) decoded(decoder, Buffer.from([byte]))
    expect(engine.listenerCount('error')).toBe(1)
    decoder?.close()
  })
})

describe('the first body of a process that exceeds the limit', () => {
  it('is logged, and no later one', async () => {
    vi.resetModules()
    const { contentDecoder } = await import('./content-decoder.ts')
    const { setLogger } = await import('../logger.ts')
    const logged: string[] = []
    const ignore = (): void => {}
    const warn = (message: string): void => {
      logged.push(message)
      throw new Error('in the logger')
    }
    setLogger({ error: ignore, warn, info: ignore, debug: ignore, verbose: ignore })
    expect(decoded(contentDecoder('gzip'), Buffer.from('not gzip'))).toBeUndefined()
    expect(logged).toEqual([])
    const bomb = zlib.gzipSync(Buffer.alloc(2 * MIB))
    for (let i = 0; i < 2; i++) expect(decoded(contentDecoder('gzip'), bomb)).toBeUndefined()
    expect(logged).toEqual([expect.stringMatching(/exceeded 1 MiB .*logged once/)])
  })
})
