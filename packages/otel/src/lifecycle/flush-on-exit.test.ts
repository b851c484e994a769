import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FakeProcess, setUpExit } from '../testing/fake-process.ts'
import { EXIT_FLUSH_BUDGET_MS, flushOnExit } from './flush-on-exit.ts'

vi.mock('@vr/otel-metrics/internal', async (original) =>
  (await import('../testing/global-timers.ts')).globalTimers(await original()),
)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('an exit', () => {
  it.each([false, true])(
    'runs the last work before and after the listeners, also if one throws: %j',
    (throws) => {
      const target = new FakeProcess()
      const { log } = target
      const steps = { flush: async () => {}, shutdownNow: () => {}, atExit: () => void log.push('last work') }
      flushOnExit(steps, { target: target as unknown as NodeJS.Process })
      target.on('exit', (code) => {
        log.push(`the application: ${code}`)
        if (throws) throw new Error('of the application')
      })
      const emit = () => target.emit('exit', 3)
      if (throws) expect(emit).toThrow('of the application')
      else expect(emit()).toBe(true)
      expect(log).toEqual(['last work', 'the application: 3', 'last work'])
    },
  )
})

it('runs the last work after the flush, before a signal without listeners ends the process', async () => {
  const target = new FakeProcess()
  const { log } = target
  const steps = { flush: async () => {}, shutdownNow: () => {}, atExit: () => void log.push('last work') }
  flushOnExit(steps, { target: target as unknown as NodeJS.Process, exit: () => {} }).handleSignals()
  target.kill(1, 'SIGTERM')
  log.push('a request ends')
  await vi.advanceTimersByTimeAsync(0)
  expect(log).toEqual(['a request ends', 'last work', 'dies by SIGTERM'])
})

describe('an empty event loop', () => {
  it('flushes before the application receives `beforeExit`, and drops the rest at the exit', async () => {
    const { log, target, settle } = setUpExit()
    target.on('beforeExit', () => log.push('the application'))
    target.emit('beforeExit', 0)
    await settle()
    target.emit('beforeExit', 0)
    expect(log).toEqual(['flush', 'the application'])
    target.emit('exit', 0)
    expect(log).toEqual(['flush', 'the application', 'shutdown'])
  })

  it('does not flush for a `beforeExit` that the application emits', async () => {
    const { log, target, settle } = setUpExit()
    target.on('beforeExit', (code) => log.push(`the application: ${code}`))
    expect(target.emit('beforeExit', 7, 'by the application')).toBe(true)
    expect(log).toEqual(['the application: 7'])
    target.emit('beforeExit', 0)
    await settle()
    expect(log).toEqual(['the application: 7', 'flush'])
  })

  it('flushes each time if a listener keeps the process alive', async () => {
    const { log, target, settle } = setUpExit()
    target.on('beforeExit', () => log.push('the application'))
    for (let i = 0; i < 4; i++) {
      target.emit('beforeExit', 0)
      await settle()
    }
    const end = ['flush', 'the application']
    expect(log).toEqual([...end, ...end])
  })

  it('has one time budget for all flushes', async () => {
    const { log, target } = setUpExit()
    target.emit('beforeExit', 0)
    await vi.advanceTimersByTimeAsync(EXIT_FLUSH_BUDGET_MS)
    expect(log).toEqual(['flush', 'shutdown'])
    target.on('beforeExit', () => log.push('the application'))
    for (let i = 0; i < 2; i++) target.emit('beforeExit', 0)
    expect(log).toEqual(['flush', 'shutdown', 'the application', 'the application'])
  })

  it('does not wait for the flush of a signal beyond the budget', async () => {
    const { log, target, signal } = setUpExit()
    target.on('SIGTERM', () => {})
    signal('SIGTERM')
    await vi.advanceTimersByTimeAsync(EXIT_FLUSH_BUDGET_MS - 100)
    target.emit('beforeExit', 0)
    await vi.advanceTimersByTimeAsync(EXIT_FLUSH_BUDGET_MS - 1)
    expect(log).toEqual(['flush', 'flush'])
    await vi.advanceTimersByTimeAsync(1)
    expect(log).toEqual(['flush', 'flush', 'shutdown'])
  })

  it('leaves no timer after the flush', async () => {
    const { target, settle } = setUpExit()
    target.emit('beforeExit', 0)
    await settle()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('stop', () => {
  it('restores `emit`', async () => {
    const { target, exitFlush } = setUpExit()
    exitFlush.stop()
    await vi.runAllTimersAsync()
    expect(target.handledSignals).toEqual([])
    expect(Object.keys(target)).not.toContain('emit')
    expect(target.emit).toBe(EventEmitter.prototype.emit)
  })

  it('restores an `emit` that was replaced before the start', () => {
    const own = function (this: FakeProcess, ...args: unknown[]) {
      return Reflect.apply(EventEmitter.prototype.emit, this, args)
    }
    const { target, exitFlush } = setUpExit({ prepare: (early) => Object.assign(early, { emit: own }) })
    exitFlush.stop()
    expect(target.emit).toBe(own)
  })

  it('lets a signal that has already arrived end the process', async () => {
    const { log, settle, signal, exitFlush } = setUpExit()
    exitFlush.stop()
    signal('SIGTERM')
    await settle()
    expect(log).toEqual(['flush', 'dies by SIGTERM'])
  })

  it('lets a newer start handle signals', async () => {
    const { log, target, settle, signal, start, exitFlush } = setUpExit()
    exitFlush.stop()
    const second = start('second flush')
    second.handleSignals()
    await vi.runAllTimersAsync()
    expect(target.handledSignals).toEqual(['SIGTERM', 'SIGINT'])
    signal('SIGTERM')
    await settle()
    expect(log).toEqual(['second flush', 'dies by SIGTERM'])
  })

  it('leaves a wrapper that only calls the original if `emit` was wrapped after the start', async () => {
    const { log, target, exitFlush } = setUpExit()
    const { emit } = target
    target.emit = (...args) => Reflect.apply(emit, target, args)
    exitFlush.stop()
    await vi.runAllTimersAsync()
    target.on('beforeExit', () => log.push('the application'))
    expect(target.emit('beforeExit', 0)).toBe(true)
    target.kill(1, 'SIGTERM')
    expect(log).toEqual(['the application', 'dies by SIGTERM'])
  })
})
