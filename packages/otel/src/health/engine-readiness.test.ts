import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { EngineReadiness, type EngineState } from './engine-readiness.ts'

function setUp() {
  const timers: { ms: number; task: () => void; holds: boolean }[] = []
  const clock = {
    after(ms: number, task: () => void, holds: boolean) {
      timers.push({ ms, task, holds })
      return () => void timers.splice(0)
    },
  }
  const engine = { states: [] as EngineState[], collected: 0, changes: 0, fails: false }
  const readiness = new EngineReadiness(
    {
      async collect() {
        engine.collected += 1
        if (engine.fails) throw new Error('not reachable')
      },
      state: () => engine.states,
    },
    () => (engine.changes += 1),
    clock,
  )
  const next = async (): Promise<void> => {
    for (const { task } of timers.splice(0)) task()
    await turn()
  }
  return { engine, readiness, timers, next }
}

const up = { upstream: 'a:1', isUp: true }
const down = { upstream: 'b:2', isUp: false, lastError: { message: 'refused' } }

it('is not ready if no engine answered the last check, which it repeats after 30 s, or after 5 s if none answered', async () => {
  const { engine, readiness, timers, next } = setUp()
  readiness.start()
  expect(readiness.check()).toBeUndefined()
  expect(timers).toMatchObject([{ ms: 1000, holds: false }])
  engine.states = [up, down]
  await next()
  expect(readiness.check()).toEqual({ name: 'engine', isReady: true })
  expect(timers).toMatchObject([{ ms: 30_000, holds: false }])
  engine.states = [{ upstream: 'a:1', isUp: false }, down]
  expect(readiness.check()?.isReady).toBe(true)
  engine.fails = true
  await next()
  expect(readiness.check()).toEqual({
    name: 'engine',
    isReady: false,
    reason: 'a:1: no answer; b:2: refused',
  })
  expect(timers).toMatchObject([{ ms: 5000, holds: false }])
  engine.fails = false
  engine.states = [up]
  await next()
  expect(readiness.check()?.isReady).toBe(true)
  await next()
  expect(engine).toMatchObject({ collected: 4, changes: 3 })
})

it('checks no more after it was stopped, also during a check', async () => {
  const { readiness, timers } = setUp()
  readiness.start()
  const [first] = timers
  readiness.stop()
  expect(timers).toEqual([])
  first?.task()
  await turn()
  expect(timers).toEqual([])
})

it('checks again after 5 s while no state is known', async () => {
  const { engine, readiness, timers, next } = setUp()
  readiness.start()
  await next()
  expect(readiness.check()).toBeUndefined()
  expect(timers).toMatchObject([{ ms: 5000 }])
  expect(engine.changes).toBe(0)
  engine.states = [up]
  await next()
  expect(readiness.check()?.isReady).toBe(true)
})
