import { AsyncLocalStorage } from 'node:async_hooks'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type FakeProcess, NUMBERS, setUpExit } from '../testing/fake-process.ts'
import { EXIT_FLUSH_BUDGET_MS } from './flush-on-exit.ts'

vi.mock('@vr/otel-metrics/internal', async (original) =>
  (await import('../testing/global-timers.ts')).globalTimers(await original()),
)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Makes `listenerCount` omit one listener, as tsx does. */
function hideListeners(target: FakeProcess): void {
  target.listenerCount = (event) => target.listeners(event).length - 1
}

describe('a termination signal', () => {
  it.each(['SIGTERM', 'SIGINT'])('%s flushes and then ends the process', async (name) => {
    const { log, target, settle, signal } = setUpExit()
    signal(name)
    expect(log).toEqual(['flush'])
    await settle()
    expect(log).toEqual(['flush', `dies by ${name}`])
    expect(target.eventNames()).toEqual(['newListener', 'removeListener'])
  })

  it('ends the process when the time limit of the flush is over', async () => {
    const { log, signal } = setUpExit()
    signal('SIGTERM')
    await vi.advanceTimersByTimeAsync(EXIT_FLUSH_BUDGET_MS - 1)
    expect(log).toEqual(['flush'])
    await vi.advanceTimersByTimeAsync(1)
    expect(log).toEqual(['flush', 'dies by SIGTERM'])
  })

  it('ends the process at once if it is the second one', () => {
    const { log, signal } = setUpExit()
    signal('SIGTERM')
    signal('SIGINT')
    expect(log).toEqual(['flush', 'dies by SIGINT'])
  })

  it('is handled without a listener', () => {
    const { target } = setUpExit()
    expect(target.handledSignals).toEqual(['SIGTERM', 'SIGINT'])
    expect(target.eventNames()).toEqual(['newListener', 'removeListener'])
    expect(target.listenerCount('SIGTERM') + target.rawListeners('SIGTERM').length).toBe(0)
  })

  it.each(['before', 'after'])(
    'flushes and calls a listener that was added %s; the listener ends the process',
    async (when) => {
      const listen = (target: FakeProcess) => target.once('SIGTERM', () => target.log.push('the application'))
      const { log, target, settle, signal, exitFlush } = setUpExit({ handlesSignals: false })
      if (when === 'before') listen(target)
      exitFlush.handleSignals()
      if (when === 'after') listen(target)
      signal('SIGTERM')
      await settle()
      expect(log).toEqual(['flush', 'the application'])
    },
  )

  it('flushes and ends the process at the second signal if a `once` listener handled the first', async () => {
    const { log, target, settle, signal } = setUpExit()
    target.once('SIGTERM', () => log.push('the application'))
    signal('SIGTERM')
    signal('SIGTERM')
    expect(log).toEqual(['flush', 'the application', 'flush'])
    await settle()
    expect(log).toEqual(['flush', 'the application', 'flush', 'dies by SIGTERM'])
  })

  it('flushes if a listener removes itself and sends the signal again', async () => {
    const { log, target, settle, signal } = setUpExit()
    const count = () => {
      if (target.listeners('SIGTERM').length > 1) return
      target.off('SIGTERM', count)
      target.kill(1, 'SIGTERM')
    }
    target.on('SIGTERM', count)
    signal('SIGTERM')
    expect(log).toEqual(['flush', 'flush'])
    await settle()
    expect(log).toEqual(['flush', 'flush', 'dies by SIGTERM'])
  })

  it('ends the process although a listener is added during the flush', async () => {
    const { log, target, settle, signal } = setUpExit()
    signal('SIGTERM')
    target.on('SIGTERM', () => log.push('the application'))
    await settle()
    expect(log).toEqual(['flush', 'dies by SIGTERM'])
  })

  it('calls a listener that `process.listenerCount` hides, and flushes', async () => {
    const { log, target, settle, signal } = setUpExit({ prepare: hideListeners })
    target.on('SIGTERM', () => log.push('the application'))
    signal('SIGTERM')
    await settle()
    expect(log).toEqual(['flush', 'the application'])
  })

  it('exits with the code of the signal if Node keeps its handler because of `process.listenerCount`', async () => {
    const { log, settle, signal } = setUpExit({ prepare: hideListeners })
    signal('SIGTERM')
    await settle()
    await vi.runAllTimersAsync()
    expect(log).toEqual(['flush', 'exits with 143'])
  })

  it('does not end the first process of a container, as in the kernel', async () => {
    const { log, target, settle, signal } = setUpExit({
      prepare: (early) => Object.assign(early, { pid: 1 }),
    })
    signal('SIGTERM')
    target.on('SIGTERM', () => log.push('the application'))
    await settle()
    await vi.runAllTimersAsync()
    signal('SIGTERM')
    expect(log).toEqual(['flush', 'flush', 'the application'])
  })

  it('only calls listeners if the application emits it', () => {
    const { log, target } = setUpExit()
    expect(target.emit('SIGTERM')).toBe(false)
    expect(target.emit('SIGTERM', 'SIGTERM')).toBe(false)
    target.on('SIGTERM', () => log.push('the application'))
    expect(target.emit('SIGTERM')).toBe(true)
    expect(log).toEqual(['the application'])
  })
})

describe('handling of signals', () => {
  it('does not start before there is something to flush', () => {
    const { log, target, signal } = setUpExit({ handlesSignals: false })
    expect(target.handledSignals).toEqual([])
    signal('SIGTERM')
    expect(log).toEqual(['dies by SIGTERM'])
  })

  it('only calls the listeners of the application before there is something to flush', () => {
    const { log, target, signal } = setUpExit({ handlesSignals: false })
    target.on('SIGTERM', () => log.push('the application'))
    signal('SIGTERM')
    expect(log).toEqual(['the application'])
  })

  it('continues after the last listener of the application is removed', () => {
    const { target } = setUpExit()
    target.on('SIGTERM', () => {})
    target.removeAllListeners('SIGTERM')
    expect(target.handledSignals).toContain('SIGTERM')
  })

  it('runs outside of the async context of the request that started it', () => {
    const storage = new AsyncLocalStorage<string>()
    const { target, exitFlush, signal } = setUpExit({ handlesSignals: false })
    storage.run('a request', () => exitFlush.handleSignals())
    const seen: unknown[] = []
    target.on('SIGTERM', () => seen.push(storage.getStore()))
    signal('SIGTERM')
    expect(seen).toEqual([undefined])
  })

  it('starts although a `newListener` listener of the application throws', async () => {
    const { log, settle, exitFlush, signal } = setUpExit({
      handlesSignals: false,
      prepare: (target) => {
        for (const event of ['newListener', 'removeListener']) {
          target.on(event, (changed: string) => {
            if (changed in NUMBERS) throw new Error('no')
          })
        }
      },
    })
    exitFlush.handleSignals()
    signal('SIGTERM')
    await settle()
    expect(log).toEqual(['flush', 'dies by SIGTERM'])
  })
})
