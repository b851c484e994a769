import { describe, expect, it } from 'vitest'
import type { Clock } from './clock.ts'
import { settleWithin, TimeoutError, withTimeout } from './with-timeout.ts'

/** A clock with one timer, which the test fires. */
function oneTimer() {
  const timers: { readonly ms: number; readonly holds: boolean; readonly fire: () => void }[] = []
  let cancelled = 0
  const clock: Clock = {
    now: () => 0,
    after(ms, fire, holds) {
      timers.push({ ms, holds, fire })
      return () => cancelled++
    },
  }
  return { clock, timers, cancelled: () => cancelled }
}

const hangs = new Promise<never>(() => {})

describe('withTimeout', () => {
  it('settles as the work does, and cancels the timer', async () => {
    const { clock, cancelled } = oneTimer()
    expect(await withTimeout(Promise.resolve('done'), 100, 'work', { clock })).toBe('done')
    await expect(withTimeout(Promise.reject(new Error('no')), 100, 'work', { clock })).rejects.toThrow('no')
    expect(cancelled()).toBe(2)
  })

  it('rejects at the time limit with a TimeoutError that names the current step', async () => {
    const { clock, timers } = oneTimer()
    let step = 'collecting'
    const result = withTimeout(hangs, 100, () => step, { clock })
    step = 'writing'
    timers[0]?.fire()
    const error = await result.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ message: 'writing took longer than 100 ms', work: 'writing' })
  })

  it.each([Number.POSITIVE_INFINITY, Number.NaN])('sets no timer for a limit of %d', async (limit) => {
    const { clock, timers } = oneTimer()
    await withTimeout(Promise.resolve(), limit, 'work', { clock })
    expect(timers).toEqual([])
  })

  it.each([
    [-1, 0],
    [Number.NEGATIVE_INFINITY, 0],
    [2 ** 40, 2 ** 31 - 1],
  ])('limits a delay of %d ms to what timers accept', (given, delay) => {
    const { clock, timers } = oneTimer()
    void withTimeout(hangs, given, 'work', { clock })
    expect(timers).toMatchObject([{ ms: delay, holds: false }])
  })
})

describe('settleWithin', () => {
  it('resolves when the work fails', async () => {
    const { clock, cancelled } = oneTimer()
    await settleWithin(Promise.reject(new Error('no')), 100, { clock })
    expect(cancelled()).toBe(1)
  })

  it('resolves when the time is up', async () => {
    const { clock, timers } = oneTimer()
    const settled = settleWithin(hangs, 100, { clock, holds: true })
    expect(timers).toMatchObject([{ ms: 100, holds: true }])
    timers[0]?.fire()
    await settled
  })
})
