import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameReader } from './frame-reader.ts'

const MAX = 64

describe('FrameReader', () => {
  it('delivers every message once, in order, however the stream is divided; not an unfinished one', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 12 }).map((value) => JSON.stringify(value))
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 })
    fc.assert(
      fc.property(fc.array(text), text, sizes, (texts, unfinished, pieces) => {
        const received: string[] = []
        const reader = new FrameReader(1024, (frame) => received.push(frame))
        const stream = Buffer.from([...texts, unfinished].join('\n'))
        let offset = 0
        for (let turn = 0; offset < stream.length; turn++) {
          const size = pieces[turn % pieces.length] as number
          expect(reader.read(stream.subarray(offset, offset + size))).toBe(true)
          offset += size
        }
        expect(received).toEqual(texts)
      }),
    )
  })

  it('refuses a message that is too large, complete or not, and holds no more of it than the limit', () => {
    const received: string[] = []
    const open = (): FrameReader => new FrameReader(MAX, (frame) => received.push(frame))
    expect(open().read(Buffer.from(`${'x'.repeat(MAX)}\n`))).toBe(true)
    expect(open().read(Buffer.from(`a\n${'x'.repeat(MAX + 1)}\n`))).toBe(false)
    const reader = open()
    expect(reader.read(Buffer.alloc(MAX, 'x'))).toBe(true)
    expect(reader.read(Buffer.from('x'))).toBe(false)
    expect(received).toEqual(['x'.repeat(MAX), 'a'])
  })
})
