import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ThreadEndpoint } from './thread-endpoint.ts'

/** The endpoints of the main thread and of two worker threads. */
function threads() {
  const main = new ThreadEndpoint(0)
  return [main, new ThreadEndpoint(1, main.memory), new ThreadEndpoint(70_000, main.memory)] as const
}

it('lets the first server that listens answer scrapes', () => {
  const [main, first, second] = threads()
  expect(first.claim(8001)).toBe(true)
  expect(second.claim(8002)).toBe(false)
  expect(main.claim(8000)).toBe(false)
  expect(first.claim(8001)).toBe(true)
})

it('lets servers of several threads on one port answer scrapes', () => {
  const [, first, second] = threads()
  expect([first.claim(65_535), second.claim(65_535)]).toEqual([true, true])
  first.release(1)
  expect(second.claim(65_535)).toBe(true)
})

it('lets another server answer when the thread of the first has ended', () => {
  const [main, first, second] = threads()
  expect(second.claim(8002)).toBe(true)
  main.release(1)
  expect(first.claim(8001)).toBe(false)
  main.release(70_000)
  expect(first.claim(8001)).toBe(true)
})

it('moves with the thread to its next server', () => {
  const [, first, second] = threads()
  first.claim(8001)
  expect(first.claim(9001)).toBe(true)
  expect(second.claim(8001)).toBe(false)
})

it('answers on one port at a time, in any order of claims and ends', () => {
  const step = fc.record({
    thread: fc.nat(2),
    port: fc.integer({ min: 1, max: 3 }),
    ends: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const all = threads()
      const serving = new Map<number, number>()
      for (const { thread, port, ends } of steps) {
        if (ends) {
          serving.delete(thread)
          all[0].release([0, 1, 70_000][thread] as number)
        } else if (all[thread]?.claim(port)) serving.set(thread, port)
        const answers = [...serving].filter(([owner, claimed]) => all[owner]?.claim(claimed))
        expect(new Set(answers.map(([, claimed]) => claimed)).size).toBeLessThan(2)
      }
    }),
  )
})
