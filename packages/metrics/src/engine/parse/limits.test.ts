import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseExposition, parseInSlices } from './parse-exposition.ts'

describe('an exposition is refused if it exceeds the limit of', () => {
  it.each([
    ['bytes', 'a 1\nb 2\n', { maxBytes: 7 }, 'line 1: more than 7 bytes'],
    ['bytes of a line', 'a 1\n# 34567é\n', { maxLineBytes: 8 }, 'line 2: the line exceeds 8 bytes'],
    ['samples', 'a 1\nb 1\nc 1\n', { maxSamples: 2 }, 'line 3: more than 2 samples'],
    ['labels', 'a{b="",c="",d=""} 1\n', { maxLabels: 2 }, 'line 1: a series has more than 2 labels'],
    [
      'a label value',
      'a{b="12345"} 1\n',
      { maxLabelLength: 4 },
      'line 1: a name or a value exceeds 4 characters',
    ],
    [
      'a label name',
      'a{bcdef=""} 1\n',
      { maxLabelLength: 4 },
      'line 1: a name or a value exceeds 4 characters',
    ],
    ['a metric name', 'abcde 1\n', { maxLabelLength: 4 }, 'line 1: a name or a value exceeds 4 characters'],
  ])('%s', (_, text, limits, message) => {
    expect(() => parseExposition(text, 'text', limits)).toThrow(
      expect.objectContaining({ fault: 'limit', message }),
    )
  })

  it('not if it is exactly at each of them', () => {
    const limits = { maxBytes: 18, maxLineBytes: 10, maxSamples: 2, maxLabels: 1, maxLabelLength: 2 }
    expect(parseExposition('a{b="é"}1\n\nab 23\n', 'text', limits)).toHaveLength(2)
  })
})

describe('an exposition that is not UTF-8', () => {
  it.each([
    ['an invalid byte', [0xff]],
    ['an encoded surrogate', [0xed, 0xa0, 0x80]],
    ['half a character', [0xc3]],
  ])('is refused with the line of %s', (_, bytes) => {
    const body = Buffer.concat([Buffer.from('# é\na{b="'), Buffer.from(bytes), Buffer.from('"} 1\n')])
    expect(() => parseExposition(body, 'text')).toThrow(
      expect.objectContaining({ fault: 'encoding', message: 'line 2: the line is not UTF-8' }),
    )
  })
})

describe('an exposition in parts', () => {
  it('gives the same families, wherever the parts are divided', async () => {
    const text = '# HELP a Größe 😱\n# TYPE a gauge\na{x="é"} 1\n\nb 2\n# TYPE "ü" counter\n{"ü"} 3\n'
    const whole = parseExposition(text, 'text')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(Buffer.byteLength(text))), async (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), Buffer.byteLength(text)]
        const parts = at.slice(1).map((end, index) => Buffer.from(text).subarray(at[index], end))
        expect(await parseInSlices(parts, 'text')).toEqual(whole)
      }),
    )
  })

  it('is parsed in several turns of the event loop', async () => {
    const lines = Array.from({ length: 1000 }, (_, at) => `a{x="${at}"} ${at}\n`)
    let now = 0
    let turns = 0
    const clock = { now: () => ++now, after: () => () => {} }
    const count = (): void => {
      turns += 1
      immediate = setImmediate(count)
    }
    let immediate = setImmediate(count)
    const [family] = await parseInSlices([Buffer.from(lines.join(''))], 'text', {}, clock)
    clearImmediate(immediate)
    expect(family?.points).toHaveLength(1000)
    expect(turns).toBeGreaterThan(5)
  })
})
