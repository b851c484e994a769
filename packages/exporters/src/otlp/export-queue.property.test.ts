import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ACCEPTED, accounting, createQueue } from '../testing/export-queue.ts'
import { settle } from '../testing/manual-clock.ts'
import { refused, retryable, type SendOutcome } from './send-outcome.ts'

describe('any sequence of operations', () => {
  type Step =
    | { readonly offer: number }
    | { readonly advance: number }
    | { readonly request: number; readonly outcome: SendOutcome }
    | 'flush'
    | 'replace'
    | 'shutdownNow'

  const outcome: fc.Arbitrary<SendOutcome> = fc.oneof(
    fc.constant(ACCEPTED),
    fc.nat(9).map((rejected): SendOutcome => ({ kind: 'accepted', rejected })),
    fc.constant(retryable('down')),
    fc.nat(100_000).map((ms) => retryable('busy', ms)),
    fc.constant(refused('no', 'data')),
  )
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 8 }).map((offer) => ({ offer })) },
    { weight: 3, arbitrary: fc.nat(5000).map((advance) => ({ advance })) },
    { weight: 5, arbitrary: fc.record({ request: fc.nat(3), outcome }) },
    { weight: 1, arbitrary: fc.constantFrom<Step>('flush', 'replace', 'shutdownNow') },
  )

  it('keeps created = exported + dropped + queued after every step, and bounds the pending items', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const { clock, queue, requests, stats, settled, respond } = createQueue()
        const open = new Set<number>()
        let flushes = 0
        let offered = 0
        let seen = 0
        for (const next of steps) {
          if (next === 'flush') {
            flushes += 1
            void queue.flush().then(() => (flushes -= 1))
          } else if (next === 'replace') {
            offered += 1
            queue.replacePending([next.length], (pending) => pending > 10, 'queue_full')
          } else if (next === 'shutdownNow') queue.shutdownNow()
          else if ('offer' in next) {
            offered += 1
            queue.offer(next.offer)
          } else if ('advance' in next) await clock.advance(next.advance)
          else {
            const index = [...open][next.request % Math.max(1, open.size)]
            if (index !== undefined) {
              open.delete(index)
              await respond(index, next.outcome)
            }
          }
          await settle()
          for (; seen < requests.length; seen++) open.add(seen)
          const { created, accounted } = accounting(stats.snapshot())
          expect(accounted).toBe(created)
          expect(stats.snapshot().queued).toBeGreaterThanOrEqual(0)
          expect(queue.pendingCount).toBeLessThanOrEqual(20 + 2 * 8)
          expect(open.size).toBeLessThanOrEqual(2)
        }
        queue.shutdownNow()
        await settle()
        expect(stats.snapshot().queued).toBe(0)
        expect({ settled: settled.length, flushes, timers: clock.next }).toEqual({
          settled: offered,
          flushes: 0,
          timers: undefined,
        })
      }),
      { numRuns: 500 },
    )
  })
})
