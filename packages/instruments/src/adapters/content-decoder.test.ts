import zlib from 'node:zlib'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { contentDecoder } from './content-decoder.ts'

const ENCODERS = {
  gzip: zlib.gzipSync,
  'X-GZIP': zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: zlib.brotliCompressSync,
  zstd: zlib.zstdCompressSync,
} as const

const CODINGS = Object.entries(ENCODERS)

afterEach(() => vi.restoreAllMocks())

/** All that a decoder makes of chunks; `undefined` where it has stopped. */
function decodeAll(coding: string, chunks: readonly Uint8Array[]): (string | undefined)[] {
  const decoder = contentDecoder(coding)
  const texts = chunks.map((chunk) => decoder?.decode(chunk))
  decoder?.close()
  return texts
}

describe.each(CODINGS)('a body in %s', (coding, encode) => {
  const text = Array.from({ length: 50 }, (_, n) => `data: {"delta":"token ${n}"}\n\n`).join('')
  const body = encode(text)

  it('is decoded whatever its pieces', () => {
    for (let at = 0; at <= body.length; at++) {
      const pieces = [body.subarray(0, at), body.subarray(at)]
      expect(decodeAll(coding, pieces).join('')).toBe(text)
    }
    const bytes = Array.from(body, (byte) => Buffer.from([byte]))
    expect(decodeAll(coding, bytes).join('')).toBe(text)
  })

  it('that is cut gives its beginning and throws nothing', () => {
    for (let at = 0; at < body.length; at++) {
      const [head] = decodeAll(coding, [body.subarray(0, at)])
      expect(text.startsWith(head as string)).toBe(true)
    }
  })

  it('that is corrupt throws nothing, and is not read any further', async () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), fc.nat(), (noise, at) => {
        const cut = at % body.length
        const texts = decodeAll(coding, [body.subarray(0, cut), ...noise, body.subarray(cut)])
        const stopped = texts.indexOf(undefined)
        if (stopped >= 0) expect(texts.slice(stopped)).toEqual(texts.slice(stopped).fill(undefined))
      }),
    )
    await new Promise((resolve) => setImmediate(resolve)) // no event `error` ends the process
  })

  it('that grows past its bound is not read any further', () => {
    const bomb = encode(Buffer.alloc(64 * 1024 * 1024))
    const texts = decodeAll(coding, [bomb, bomb])
    expect(texts).toEqual([undefined, undefined])
  })

  it('that is larger than a slice is decoded whole', () => {
    const noise = fc.sample(fc.string({ unit: 'grapheme-ascii', minLength: 30_000, maxLength: 30_000 }), 1)[0]
    expect(decodeAll(coding, [encode(noise as string)])).toEqual([noise])
  })
})

describe('a decoder', () => {
  it.each(['compress', 'gzip, br', '', 'constructor', undefined, ['gzip']])('is none for %j', (encoding) => {
    expect(contentDecoder(encoding)).toBeUndefined()
  })

  it('closes its native part once, and reads nothing then', () => {
    const engine = zlib.createGunzip({ chunkSize: 4096 })
    const native = (engine as unknown as { _handle: { close(): void } })._handle
    const closed = vi.spyOn(native, 'close')
    const created = vi.spyOn(zlib, 'createGunzip').mockReturnValue(engine)
    const decoder = contentDecoder('gzip')
    expect(created).not.toHaveBeenCalled() // made for the first chunk
    decoder?.decode(zlib.gzipSync('x'))
    expect(closed).not.toHaveBeenCalled()
    decoder?.close()
    decoder?.close()
    expect(closed).toHaveBeenCalledTimes(1)
    expect(decoder?.decode(zlib.gzipSync('x'))).toBeUndefined()
  })

  it('keeps one listener, however many chunks there are', () => {
    const engine = zlib.createGunzip({ chunkSize: 4096 })
    vi.spyOn(zlib, 'createGunzip').mockReturnValue(engine)
    const decoder = contentDecoder('gzip')
    for (const byte of zlib.gzipSync('x'.repeat(100))) decoder?.decode(Buffer.from([byte]))
    expect(engine.listenerCount('error')).toBe(1)
    decoder?.close()
  })
})
