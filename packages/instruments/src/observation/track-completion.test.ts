import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyProgram, completes, REASON, runProgram } from '../testing/completion-programs.ts'
import type { Completion } from './completion.ts'
import { trackCompletion } from './track-completion.ts'

describe('trackCompletion', () => {
  it('changes nothing that an application can notice', async () => {
    await fc.assert(
      fc.asyncProperty(anyProgram, fc.integer({ min: 1, max: 3 }), async (program, times) => {
        const plain = await runProgram(program, (call) => call())
        const completions: Completion[] = []
        const observed = await runProgram(program, (call) => {
          let tracked = call
          for (let i = 0; i < times; i++) {
            const inner = tracked
            tracked = () => trackCompletion(inner, (completion) => void completions.push(completion))
          }
          return tracked()
        })
        expect([observed.log, observed.keys]).toEqual([plain.log, plain.keys])
        expect(completions).toHaveLength(completes(program) ? times : 0)
        // Once the promise is fulfilled, its prototype and methods are restored.
        if (completions.length > 0 && program.settlement === 'fulfils')
          expect(observed.shape).toEqual(plain.shape)
      }),
      { numRuns: 400 },
    )
  })

  it.each<[string, string]>([
    ['promise', 'nothing'],
    ['promise with properties', 'nothing'],
    ['promise of a subclass', 'nothing'],
    ['promise of OpenAI', 'await'],
    ['promise of OpenAI', 'catch'],
    ['promise of OpenAI', 'finally'],
    ['promise of OpenAI', 'withResponse'],
    ['promise of OpenAI', 'asResponse'],
    ['promise of OpenAI', 'unwrapped'],
    ['query', 'await'],
    ['query', 'one then'],
  ])('reports the completion of a %s once, used by: %s', async (result, use) => {
    const expected = {
      fulfils: { threw: false, result: 'result' },
      rejects: { threw: true, error: REASON },
    } as const
    for (const settlement of ['fulfils', 'rejects'] as const) {
      const completions: Completion[] = []
      const program = { result, settlement, delay: 'turn', uses: [{ use, after: 'now' }] } as const
      await runProgram(program, (call) =>
        trackCompletion(call, (completion) => void completions.push(completion)),
      )
      expect(completions).toEqual([expected[settlement]])
    }
  })

  it('reports a frozen promise, and an object that is not a promise, as completed when it is returned', () => {
    const completions: Completion[] = []
    const frozen = Object.freeze(Promise.resolve('result'))
    const fake = Object.create(Promise.prototype)
    for (const given of [frozen, fake]) {
      const returned = trackCompletion(
        () => given,
        (completion) => void completions.push(completion),
      )
      expect(returned).toBe(given)
    }
    expect(completions).toEqual([
      { threw: false, result: frozen },
      { threw: false, result: fake },
    ])
    expect(Object.getPrototypeOf(fake)).toBe(Promise.prototype)
  })

  it('returns a result whose getter then throws', () => {
    const hostile = Object.defineProperty({}, 'then', {
      get() {
        throw new Error('hostile getter')
      },
    })
    const returned = trackCompletion(
      () => hostile,
      () => {},
    )
    expect(returned).toBe(hostile)
  })

  it('ignores an exception of the callback', async () => {
    const fail = (): never => {
      throw new Error('callback')
    }
    expect(trackCompletion(() => 1, fail)).toBe(1)
    expect(await trackCompletion(async () => 2, fail)).toBe(2)
    expect(() =>
      trackCompletion(() => {
        throw REASON
      }, fail),
    ).toThrow(REASON)
  })
})
