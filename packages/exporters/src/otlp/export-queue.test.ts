import { describe, expect, it } from 'vitest'
import { ACCEPTED, setUp, sum } from '../testing/export-queue.ts'
import { refused, retryable } from './send-outcome.ts'

describe('what is offered', () => {
  it('is sent together when it has waited long enough, or when there is enough of it', async () => {
    const { clock, delivery, attempts } = setUp()
    delivery.offer(1)
    delivery.offer(1)
    await clock.advance(999)
    expect(attempts).toEqual([])
    await clock.advance(1)
    for (let i = 0; i < 5; i++) delivery.offer(1)
    await clock.advance(0)
    expect(attempts.map(({ items, at }) => ({ items, at }))).toEqual([
      { items: [1, 1], at: 1000 },
      { items: [1, 1, 1, 1, 1], at: 1000 },
    ])
  })

  it('is not sent by the caller, and a few requests at a time', async () => {
    const { clock, delivery, attempts, answer } = setUp()
    for (let i = 0; i < 4; i++) delivery.offer(5)
    expect(attempts).toEqual([])
    await clock.advance(0)
    expect(attempts).toHaveLength(2)
    await answer(0, ACCEPTED)
    expect(attempts).toHaveLength(3)
  })

  it('goes alone if it is heavier than a batch', async () => {
    const { clock, delivery, attempts } = setUp()
    delivery.offer(7)
    delivery.offer(1)
    await clock.advance(1000)
    expect(attempts.map(({ items }) => items)).toEqual([[7], [1]])
  })

  it('is dropped, the newest first, and told, when too much waits', () => {
    const { delivery, ended, watched, account } = setUp()
    expect([5, 5, 5, 4, 2, 1].map((item) => delivery.offer(item))).toEqual([
      true,
      true,
      true,
      true,
      false,
      true,
    ])
    expect(ended).toEqual(['2: not delivered: queue_full'])
    expect(watched).toEqual([undefined])
    expect(account.snapshot()).toEqual({
      created: 22,
      exported: 0,
      queued: 20,
      dropped: new Map([['queue_full', 2]]),
    })
  })

  it('is dropped if it cannot be encoded, and the next is sent', async () => {
    const { clock, delivery, attempts, account } = setUp({
      encode: ([item]) => {
        if (item === 5) throw new Error('no')
        return Uint8Array.of(item ?? 0)
      },
    })
    delivery.offer(5)
    delivery.offer(4)
    await clock.advance(1000)
    expect(attempts.map(({ items }) => items)).toEqual([[4]])
    expect(account.snapshot().dropped).toEqual(new Map([['unencodable', 5]]))
  })
})

describe('an attempt that fails', () => {
  it('is made again after growing pauses, one request at a time, oldest first', async () => {
    const { clock, delivery, attempts, answer } = setUp()
    for (let i = 0; i < 3; i++) delivery.offer(5)
    await clock.advance(0)
    await answer(0, retryable('down'))
    await answer(1, retryable('down'))
    expect(attempts).toHaveLength(2)
    const at: number[] = []
    for (let call = 2; call < 8; call++) {
      await clock.advance(10_000)
      expect(attempts).toHaveLength(call + 1)
      at.push((attempts[call]?.at ?? 0) - (call === 2 ? 0 : clock.now() - 10_000))
      await answer(call, retryable('down'))
    }
    expect(at).toEqual([500, 1000, 2000, 4000, 4000, 4000])
    await clock.advance(4000)
    await answer(8, ACCEPTED)
    expect(attempts).toHaveLength(11)
  })

  it('waits exactly as long as the collector asks, a minute at most', async () => {
    const { clock, delivery, attempts, answer } = setUp()
    delivery.offer(5)
    await clock.advance(0)
    await answer(0, retryable('busy', 7_123))
    await clock.advance(100_000)
    await answer(1, retryable('busy', 3_600_000))
    await clock.advance(100_000)
    await answer(2, retryable('busy', 0))
    await clock.advance(99)
    expect(attempts.map(({ at }) => at)).toEqual([0, 7_123, 160_000])
  })

  it('is given up when its time is over', async () => {
    const { clock, delivery, answer, account, ended } = setUp({ retryBudgetMs: 3000 })
    delivery.offer(5)
    for (let call = 0; call < 4; call++) {
      await clock.advance(4000)
      await answer(call, retryable('down'))
    }
    expect(ended).toEqual(['5: not delivered: retries_exhausted'])
    expect(sum(account.snapshot())).toEqual({ created: 5, accounted: 5 })
  })

  it('is not made again if the collector refuses', async () => {
    const { clock, delivery, attempts, answer, account, ended } = setUp()
    delivery.offer(5)
    await clock.advance(0)
    await answer(0, refused('no', 'credentials'))
    await clock.advance(100_000)
    expect(attempts).toHaveLength(1)
    expect(ended).toEqual(['5: not delivered: no'])
    expect(account.snapshot().dropped).toEqual(new Map([['refused', 5]]))
  })

  it('counts what the collector rejects of a batch, and no more than there was', async () => {
    const { clock, delivery, answer, account } = setUp()
    delivery.offer(5)
    delivery.offer(5)
    await clock.advance(0)
    await answer(0, { kind: 'accepted', rejected: 2, message: 'too old' })
    await answer(1, { kind: 'accepted', rejected: 99 })
    expect(account.snapshot()).toEqual({
      created: 10,
      exported: 3,
      queued: 0,
      dropped: new Map([['rejected', 7]]),
    })
  })
})

describe('a flush', () => {
  it('sends at once and ends when what was there has ended, not what came later', async () => {
    const { clock, delivery, attempts, answer } = setUp()
    let isDone = false
    delivery.offer(1)
    void delivery.flush().then(() => (isDone = true))
    await clock.advance(0)
    delivery.offer(2)
    await clock.advance(0)
    expect(attempts.map(({ items }) => items)).toEqual([[1], [2]])
    expect(isDone).toBe(false)
    await answer(0, ACCEPTED)
    expect(isDone).toBe(true)
  })

  it('has nothing to do where nothing waits', async () => {
    await setUp().delivery.flush()
  })

  it('waits for what takes the place of what was there', async () => {
    const { clock, delivery, attempts, answer, account } = setUp()
    let isDone = false
    delivery.offer(1)
    void delivery.flush().then(() => (isDone = true))
    delivery.replacePending([2], () => true, 'superseded')
    await clock.advance(0)
    expect(isDone).toBe(false)
    expect(attempts.map(({ items }) => items)).toEqual([[2]])
    await answer(0, ACCEPTED)
    expect(isDone).toBe(true)
    expect(account.snapshot()).toMatchObject({ exported: 2, dropped: new Map([['superseded', 1]]) })
  })

  it('tries twice in short order and gives up', async () => {
    const { clock, delivery, attempts, answer, account } = setUp()
    let isDone = false
    delivery.offer(1)
    void delivery.flush().then(() => (isDone = true))
    await clock.advance(0)
    await answer(0, retryable('down'))
    await clock.advance(200)
    await answer(1, retryable('down'))
    expect(attempts.map(({ at }) => at)).toEqual([0, 200])
    expect(isDone).toBe(true)
    expect(account.snapshot().queued).toBe(1)
  })

  it('does not wait for a pause that the collector has asked for, nor break it', async () => {
    const { clock, delivery, attempts, answer } = setUp()
    delivery.offer(5)
    await clock.advance(0)
    await answer(0, retryable('busy', 5000))
    await delivery.flush()
    await clock.advance(4999)
    expect(attempts).toHaveLength(1)
  })

  it('breaks our own pause, for one more attempt', async () => {
    const { clock, delivery, attempts, answer } = setUp()
    delivery.offer(5)
    await clock.advance(0)
    await answer(0, retryable('down'))
    let isDone = false
    void delivery.flush().then(() => (isDone = true))
    await clock.advance(0)
    expect(attempts).toHaveLength(2)
    await answer(1, retryable('still down'))
    expect(isDone).toBe(true)
  })
})

describe('the end', () => {
  it('counts everything that was not delivered, once, and takes nothing more', async () => {
    const { clock, delivery, answer, account, isClosed, ended } = setUp()
    for (let i = 0; i < 4; i++) delivery.offer(5)
    await clock.advance(0)
    delivery.shutdownNow()
    delivery.shutdownNow()
    await answer(0, ACCEPTED)
    expect(delivery.offer(1)).toBe(false)
    expect(account.snapshot()).toEqual({
      created: 21,
      exported: 0,
      queued: 0,
      dropped: new Map([['shutdown', 21]]),
    })
    expect(ended).toHaveLength(5)
    expect(isClosed()).toBe(true)
    expect(clock.next).toBeUndefined()
  })
})
