import { describe, expect, it } from 'vitest'
import { writeInSlices } from './slices.ts'

describe('writing in slices', () => {
  it('joins parts into few UTF-8 buffers', async () => {
    const pieces = Array.from({ length: 100 }, (_, at) => `${at}é`.repeat(500))
    const buffers = await writeInSlices(pieces, () => 0)
    expect(buffers).toHaveLength(3)
    expect(Buffer.concat(buffers).toString()).toBe(pieces.join(''))
    expect(await writeInSlices(['', ''], () => 0)).toEqual([])
  })

  it('yields to the event loop after a long slice, not before', async () => {
    const log: string[] = []
    let now = 0
    const pieces = function* (): Generator<string> {
      for (let piece = 0; piece < 6; piece += 1) {
        now += 2
        log.push('piece')
        yield 'x'
      }
    }
    const turn = (): void => {
      log.push('turn')
      next = setImmediate(turn)
    }
    let next = setImmediate(turn)
    await writeInSlices(pieces(), () => now)
    clearImmediate(next)
    const slices = log
      .join(' ')
      .split(/ ?turn ?/)
      .filter((slice) => slice !== '')
    expect(slices).toEqual(['piece piece piece', 'piece piece piece'])
  })
})
