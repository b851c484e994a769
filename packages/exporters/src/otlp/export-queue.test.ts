import { describe, expect, it } from 'vitest'
import { ACCEPTED, accounting, createQueue } from '../testing/export-queue.ts'
import { refused, retryable } from './send-outcome.ts'

describe('an entry', () => {
  it('is sent with others after the delay, or at once when a batch is full', async () => {
    const { clock, queue, requests } = createQueue()
    queue.offer(1)
    queue.offer(1)
    await clock.advance(999)
    expect(requests).toEqual([])
    await clock.advance(1)
    for (let i = 0; i < 5; i++) queue.offer(1)
    await clock.advance(0)
    expect(requests.map(({ entries, at }) => ({ entries, at }))).toEqual([
      { entries: [1, 1], at: 1000 },
      { entries: [1, 1, 1, 1, 1], at: 1000 },
    ])
  })

  it('is sent from a timer, with limited concurrency', async () => {
    const { clock, queue, requests, respond } = createQueue()
    for (let i = 0; i < 4; i++) queue.offer(5)
    expect(requests).toEqual([])
    await clock.advance(0)
    expect(requests).toHaveLength(2)
    await respond(0, ACCEPTED)
    expect(requests).toHaveLength(3)
  })

  it('is sent alone if it is larger than a batch', async () => {
    const { clock, queue, requests } = createQueue()
    queue.offer(7)
    queue.offer(1)
    await clock.advance(1000)
    expect(requests.map(({ entries }) => entries)).toEqual([[7], [1]])
  })

  it('is dropped and reported if the queue has no room for it', () => {
    const { queue, settled, reported, stats } = createQueue()
    expect([5, 5, 5, 4, 2, 1].map((item) => queue.offer(item))).toEqual([true, true, true, true, false, true])
    expect(settled).toEqual(['2: not delivered: queue_full'])
    expect(reported).toEqual([undefined])
    expect(stats.snapshot()).toEqual({
      created: 22,
      exported: 0,
      queued: 20,
      dropped: new Map([['queue_full', 2]]),
    })
  })

  it('is dropped if it cannot be encoded; the next one is sent', async () => {
    const { clock, queue, requests, stats } = createQueue({
      encode: ([item]) => {
        if (item === 5) throw new Error('no')
        return Uint8Array.of(item ?? 0)
      },
    })
    queue.offer(5)
    queue.offer(4)
    await clock.advance(1000)
    expect(requests.map(({ entries }) => entries)).toEqual([[4]])
    expect(stats.snapshot().dropped).toEqual(new Map([['unencodable', 5]]))
  })
})

describe('a failed request', () => {
  it('is retried with exponential backoff, one request at a time, oldest first', async () => {
    const { clock, queue, requests, respond } = createQueue()
    for (let i = 0; i < 3; i++) queue.offer(5)
    await clock.advance(0)
    await respond(0, retryable('down'))
    await respond(1, retryable('down'))
    expect(requests).toHaveLength(2)
    const at: number[] = []
    for (let call = 2; call < 8; call++) {
      await clock.advance(10_000)
      expect(requests).toHaveLength(call + 1)
      at.push((requests[call]?.at ?? 0) - (call === 2 ? 0 : clock.now() - 10_000))
      await respond(call, retryable('down'))
    }
    expect(at).toEqual([500, 1000, 2000, 4000, 4000, 4000])
    await clock.advance(4000)
    await respond(8, ACCEPTED)
    expect(requests).toHaveLength(11)
  })

  it('is retried after the delay that the collector requests, limited to 100 ms to 60 s', async () => {
    const { clock, queue, requests, respond } = createQueue()
    queue.offer(5)
    await clock.advance(0)
    await respond(0, retryable('busy', 7_123))
    await clock.advance(100_000)
    await respond(1, retryable('busy', 3_600_000))
    await clock.advance(100_000)
    await respond(2, retryable('busy', 0))
    await clock.advance(99)
    expect(requests.map(({ at }) => at)).toEqual([0, 7_123, 160_000])
  })

  it('is dropped when its retry budget is used up', async () => {
    const { clock, queue, respond, stats, settled } = createQueue({ retryBudgetMs: 3000 })
    queue.offer(5)
    for (let call = 0; call < 4; call++) {
      await clock.advance(4000)
      await respond(call, retryable('down'))
    }
    expect(settled).toEqual(['5: not delivered: retries_exhausted'])
    expect(accounting(stats.snapshot())).toEqual({ created: 5, accounted: 5 })
  })

  it('is dropped without a retry if the collector refuses it', async () => {
    const { clock, queue, requests, respond, stats, settled } = createQueue()
    queue.offer(5)
    await clock.advance(0)
    await respond(0, refused('no', 'credentials'))
    await clock.advance(100_000)
    expect(requests).toHaveLength(1)
    expect(settled).toEqual(['5: not delivered: no'])
    expect(stats.snapshot().dropped).toEqual(new Map([['refused', 5]]))
  })

  it('counts rejected items, at most as many as the request had', async () => {
    const { clock, queue, respond, stats } = createQueue()
    queue.offer(5)
    queue.offer(5)
    await clock.advance(0)
    await respond(0, { kind: 'accepted', rejected: 2, message: 'too old' })
    await respond(1, { kind: 'accepted', rejected: 99 })
    expect(stats.snapshot()).toEqual({
      created: 10,
      exported: 3,
      queued: 0,
      dropped: new Map([['rejected', 7]]),
    })
  })
})

describe('a flush', () => {
  it('sends at once and resolves when the earlier entries are delivered, not the later ones', async () => {
    const { clock, queue, requests, respond } = createQueue()
    let isDone = false
    queue.offer(1)
    void queue.flush().then(() => (isDone = true))
    await clock.advance(0)
    queue.offer(2)
    await clock.advance(0)
    expect(requests.map(({ entries }) => entries)).toEqual([[1], [2]])
    expect(isDone).toBe(false)
    await respond(0, ACCEPTED)
    expect(isDone).toBe(true)
  })

  it('resolves if the queue is empty', async () => {
    await createQueue().queue.flush()
  })

  it('waits for the entries that replace pending ones', async () => {
    const { clock, queue, requests, respond, stats } = createQueue()
    let isDone = false
    queue.offer(1)
    void queue.flush().then(() => (isDone = true))
    queue.replacePending([2], () => true, 'superseded')
    await clock.advance(0)
    expect(isDone).toBe(false)
    expect(requests.map(({ entries }) => entries)).toEqual([[2]])
    await respond(0, ACCEPTED)
    expect(isDone).toBe(true)
    expect(stats.snapshot()).toMatchObject({ exported: 2, dropped: new Map([['superseded', 1]]) })
  })

  it('resolves after two failed attempts', async () => {
    const { clock, queue, requests, respond, stats } = createQueue()
    let isDone = false
    queue.offer(1)
    void queue.flush().then(() => (isDone = true))
    await clock.advance(0)
    await respond(0, retryable('down'))
    await clock.advance(200)
    await respond(1, retryable('down'))
    expect(requests.map(({ at }) => at)).toEqual([0, 200])
    expect(isDone).toBe(true)
    expect(stats.snapshot().queued).toBe(1)
  })

  it('resolves without a request while the collector has asked for a delay', async () => {
    const { clock, queue, requests, respond } = createQueue()
    queue.offer(5)
    await clock.advance(0)
    await respond(0, retryable('busy', 5000))
    await queue.flush()
    await clock.advance(4999)
    expect(requests).toHaveLength(1)
  })

  it('ends a backoff for one more attempt', async () => {
    const { clock, queue, requests, respond } = createQueue()
    queue.offer(5)
    await clock.advance(0)
    await respond(0, retryable('down'))
    let isDone = false
    void queue.flush().then(() => (isDone = true))
    await clock.advance(0)
    expect(requests).toHaveLength(2)
    await respond(1, retryable('still down'))
    expect(isDone).toBe(true)
  })
})

describe('shutdownNow', () => {
  it('counts everything that is not delivered once, and makes the queue drop later entries', async () => {
    const { clock, queue, respond, stats, isClosed, settled } = createQueue()
    for (let i = 0; i < 4; i++) queue.offer(5)
    await clock.advance(0)
    queue.shutdownNow()
    queue.shutdownNow()
    await respond(0, ACCEPTED)
    expect(queue.offer(1)).toBe(false)
    expect(stats.snapshot()).toEqual({
      created: 21,
      exported: 0,
      queued: 0,
      dropped: new Map([['shutdown', 21]]),
    })
    expect(settled).toHaveLength(5)
    expect(isClosed()).toBe(true)
    expect(clock.next).toBeUndefined()
  })
})
