import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ACCEPTED, setUp, sum } from '../testing/export-queue.ts'
import { settle } from '../testing/manual-clock.ts'
import { refused, retryable, type SendOutcome } from './send-outcome.ts'

describe('whatever happens', () => {
  type Step =
    | { readonly offer: number }
    | { readonly advance: number }
    | { readonly answer: number; readonly outcome: SendOutcome }
    | 'flush'
    | 'evict'
    | 'abandon'

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
    { weight: 5, arbitrary: fc.record({ answer: fc.nat(3), outcome }) },
    { weight: 1, arbitrary: fc.constantFrom<Step>('flush', 'evict', 'abandon') },
  )

  it('created = exported + dropped + queued, after every step, and what waits is bounded', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const { clock, delivery, attempts, account, ended, answer } = setUp()
        const open = new Set<number>()
        let flushes = 0
        let offered = 0
        let seen = 0
        for (const next of steps) {
          if (next === 'flush') {
            flushes += 1
            void delivery.flush().then(() => (flushes -= 1))
          } else if (next === 'evict') {
            offered += 1
            delivery.replacePending([next.length], (waiting) => waiting > 10, 'queue_full')
          } else if (next === 'abandon') delivery.shutdownNow()
          else if ('offer' in next) {
            offered += 1
            delivery.offer(next.offer)
          } else if ('advance' in next) await clock.advance(next.advance)
          else {
            const index = [...open][next.answer % Math.max(1, open.size)]
            if (index !== undefined) {
              open.delete(index)
              await answer(index, next.outcome)
            }
          }
          await settle()
          for (; seen < attempts.length; seen++) open.add(seen)
          const { created, accounted } = sum(account.snapshot())
          expect(accounted).toBe(created)
          expect(account.snapshot().queued).toBeGreaterThanOrEqual(0)
          expect(delivery.pendingCount).toBeLessThanOrEqual(20 + 2 * 8)
          expect(open.size).toBeLessThanOrEqual(2)
        }
        delivery.shutdownNow()
        await settle()
        expect(account.snapshot().queued).toBe(0)
        expect({ ended: ended.length, flushes, timers: clock.next }).toEqual({
          ended: offered,
          flushes: 0,
          timers: undefined,
        })
      }),
      { numRuns: 500 },
    )
  })
})
