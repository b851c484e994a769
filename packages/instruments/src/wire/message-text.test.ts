import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { excerptOf } from './excerpt-buffer.ts'
import type { MaskedBytes } from './frame-sink.ts'
import { BEGINNING, type Extent, MessageText } from './message-text.ts'

const MASK = 0x37fa213d

/** Returns bytes that count how many of them are read. */
function countedBytes(bytes: Uint8Array): { readonly chunk: Uint8Array; read: number } {
  const counted = { read: 0, chunk: bytes }
  counted.chunk = new Proxy(bytes, {
    get(target, key) {
      if (key === 'length') return target.length
      if (key === 'subarray')
        return (start: number, end: number) => {
          counted.read += end - start
          return target.subarray(start, end)
        }
      counted.read++
      return target[Number(key)]
    },
  })
  return counted
}

/** Returns the parts of a frame that is cut at these places. */
function partsOf(payload: Uint8Array, cuts: readonly number[], mask: number): MaskedBytes[] {
  const places = [...cuts.filter((at) => at < payload.length), payload.length].sort((a, b) => a - b)
  const masked = payload.map((byte, at) => byte ^ ((mask >>> (24 - 8 * (at & 3))) & 0xff))
  return places.map((end, i) => {
    const offset = places[i - 1] ?? 0
    return { chunk: masked, start: offset, end, mask, offset, remaining: payload.length - end }
  })
}

const bytesOf = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8)) & 0xff)

describe('MessageText', () => {
  it.each([0, 1, BEGINNING, BEGINNING + 1, 4096, 4097, 69_632, 69_633, 200_000])(
    'keeps head and tail of %i bytes, wherever they are cut, masked or not',
    (length) => {
      const payload = bytesOf(length)
      const text = Buffer.from(payload).toString('latin1')
      fc.assert(
        fc.property(
          fc.array(fc.nat(length), { maxLength: 8 }),
          fc.constantFrom(0, MASK),
          fc.boolean(),
          (cuts, mask, isFragmented) => {
            const collected = new MessageText(() => 'long')
            for (const part of partsOf(payload, cuts, mask))
              collected.append(isFragmented ? { ...part, remaining: 0 } : part)
            expect(collected.take()).toEqual(excerptOf(text, 0, length))
            expect(collected.take()).toBe(undefined)
          },
        ),
        { numRuns: 20 },
      )
    },
  )

  it.each<[Extent, number, number]>([
    ['nothing', BEGINNING, 0],
    ['beginning', BEGINNING, 0],
    ['short', 4096, 4096],
    ['long', 4096, 65_536],
  ])('reads and holds only what the extent %s contains of 1 MB', (extent, head, tail) => {
    for (const mask of [0, MASK]) {
      const payload = bytesOf(1_000_000)
      const beginnings: string[] = []
      const collected = new MessageText((beginning) => {
        beginnings.push(beginning)
        return extent
      })
      let read = 0
      for (const part of partsOf(payload, [100, 65_536, 300_000, 960_000], mask)) {
        const counted = countedBytes(part.chunk)
        collected.append({ ...part, chunk: counted.chunk })
        read += counted.read
      }
      expect(read).toBe(head + tail)
      expect(collected.retainedBytes).toBe(extent === 'nothing' ? 0 : head + tail)
      const text = Buffer.from(payload).toString('latin1')
      expect(beginnings).toEqual([text.slice(0, BEGINNING)])
      const expected = {
        head: text.slice(0, head),
        tail: tail === 0 ? '' : text.slice(-tail),
        isWhole: false,
      }
      expect(collected.take()).toEqual(extent === 'nothing' ? undefined : expected)
      expect(collected.retainedBytes).toBe(0)
    }
  })

  it('holds the beginning of a message whose extent is not decided', () => {
    const collected = new MessageText(() => 'long')
    for (const part of partsOf(bytesOf(BEGINNING), [1, 2, 3, 300], MASK)) collected.append(part)
    expect(collected.retainedBytes).toBe(BEGINNING)
  })
})
