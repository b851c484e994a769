import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import type { Clock } from '@vr/otel-metrics/internal'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EXIT_FLUSH_BUDGET_MS, flushOnExit } from './flush-on-exit.ts'

// The package's timers are captured when it is loaded; here they are the fake ones.
vi.mock('@vr/otel-metrics/internal', async (original) => {
  const actual = await original<typeof import('@vr/otel-metrics/internal')>()
  const clock: Clock = {
    now: () => performance.now(),
    after(ms, task) {
      const timer = setTimeout(task, ms)
      return () => clearTimeout(timer)
    },
  }
  return {
    setInterval: (...args: Parameters<typeof setInterval>) => setInterval(...args),
    clearInterval: (...args: Parameters<typeof clearInterval>) => clearInterval(...args),
    setImmediate: (task: () => void) => setImmediate(task),
    monotonicNow: () => performance.now(),
    settleWithin: (work: Promise<unknown>, ms: number) => actual.settleWithin(work, ms, { clock }),
  }
})

const NUMBERS: Readonly<Record<string, number>> = { SIGTERM: 15, SIGINT: 2 }

/** A process that watches for signals as Node's does: while there are listeners, by the events that tell of them. */
class FakeProcess extends EventEmitter {
  readonly pid: number = 2
  readonly log: string[] = []
  /** Calls `emit` as it was when the watch for a signal began, in the context of that moment. */
  #isAlive = true
  readonly #watches = new Map<string, () => void>()

  constructor() {
    super()
    this.on('newListener', (event: string) => {
      const number = NUMBERS[event]
      if (number === undefined || this.#watches.has(event)) return
      const { emit } = this
      const detached = AsyncLocalStorage.snapshot()
      this.#watches.set(event, () => detached(() => Reflect.apply(emit, this, [event, event, number])))
    })
    this.on('removeListener', (event: string) => {
      if (this.listenerCount(event) === 0) this.#watches.delete(event)
    })
  }

  get watched(): string[] {
    return [...this.#watches.keys()]
  }

  kill(_pid: number, signal: string): true {
    const watch = this.#watches.get(signal)
    if (watch !== undefined) watch()
    else if (this.pid !== 1) {
      this.log.push(`dies by ${signal}`)
      this.#isAlive = false
    }
    return true
  }

  reallyExit(code: number): void {
    if (this.#isAlive) this.log.push(`exits with ${code}`)
  }
}

function setUp({ watches = true, prepare = (_: FakeProcess): void => {} } = {}) {
  const target = new FakeProcess()
  const { log } = target
  prepare(target)
  const flushed = Promise.withResolvers<void>()
  const start = (name: string) =>
    flushOnExit(
      {
        flush() {
          log.push(name)
          return flushed.promise
        },
        abandon: () => log.push('abandon'),
      },
      {
        target: target as unknown as NodeJS.Process,
        exit: (code) => target.reallyExit(code),
        isNative: (args) => args[2] !== 'by the application',
      },
    )
  const atEnd = start('flush')
  if (watches) atEnd.watchSignals()
  /** Lets the flush end. */
  const settle = async () => {
    flushed.resolve()
    await vi.advanceTimersByTimeAsync(0)
  }
  return { log, target, settle, start, atEnd, signal: (name: string) => target.kill(1, name) }
}

/** Counts one listener less than there are, as tsx does. */
function hideListeners(target: FakeProcess): void {
  target.listenerCount = (event) => target.listeners(event).length - 1
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('at a signal', () => {
  it.each(['SIGTERM', 'SIGINT'])('flushes, and then %s kills', async (name) => {
    const { log, target, settle, signal } = setUp()
    signal(name)
    expect(log).toEqual(['flush'])
    await settle()
    expect(log).toEqual(['flush', `dies by ${name}`])
    expect(target.eventNames()).toEqual(['newListener', 'removeListener'])
  })

  it('is killed by it when the time for the flush is over', async () => {
    const { log, signal } = setUp()
    signal('SIGTERM')
    await vi.advanceTimersByTimeAsync(EXIT_FLUSH_BUDGET_MS - 1)
    expect(log).toEqual(['flush'])
    await vi.advanceTimersByTimeAsync(1)
    expect(log).toEqual(['flush', 'dies by SIGTERM'])
  })

  it('is killed at once by a second one', () => {
    const { log, signal } = setUp()
    signal('SIGTERM')
    signal('SIGINT')
    expect(log).toEqual(['flush', 'dies by SIGINT'])
  })

  it('is no listener that anybody could see', () => {
    const { target } = setUp()
    expect(target.watched).toEqual(['SIGTERM', 'SIGINT'])
    expect(target.eventNames()).toEqual(['newListener', 'removeListener'])
    expect(target.listenerCount('SIGTERM') + target.rawListeners('SIGTERM').length).toBe(0)
  })

  it.each(['before', 'after'])('leaves it to a listener that was added %s, and flushes', async (when) => {
    const listen = (target: FakeProcess) => target.once('SIGTERM', () => target.log.push('the application'))
    const { log, target, settle, signal, atEnd } = setUp({ watches: false })
    if (when === 'before') listen(target)
    atEnd.watchSignals()
    if (when === 'after') listen(target)
    signal('SIGTERM')
    await settle()
    expect(log).toEqual(['flush', 'the application'])
  })

  it('dies by the next one that nobody listens for, after a flush of its own', async () => {
    const { log, target, settle, signal } = setUp()
    target.once('SIGTERM', () => log.push('the application'))
    signal('SIGTERM')
    signal('SIGTERM')
    expect(log).toEqual(['flush', 'the application', 'flush'])
    await settle()
    expect(log).toEqual(['flush', 'the application', 'flush', 'dies by SIGTERM'])
  })

  it('flushes where a listener that counts the others takes itself away and sends it again', async () => {
    const { log, target, settle, signal } = setUp()
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

  it('dies by one that came when nobody listened, whoever has begun to listen since', async () => {
    const { log, target, settle, signal } = setUp()
    signal('SIGTERM')
    target.on('SIGTERM', () => log.push('the application'))
    await settle()
    expect(log).toEqual(['flush', 'dies by SIGTERM'])
  })

  it('calls a listener that `process.listenerCount` does not count, and flushes', async () => {
    const { log, target, settle, signal } = setUp({ prepare: hideListeners })
    target.on('SIGTERM', () => log.push('the application'))
    signal('SIGTERM')
    await settle()
    expect(log).toEqual(['flush', 'the application'])
  })

  it('exits with the code of the signal where `process.listenerCount` makes Node go on watching', async () => {
    const { log, settle, signal } = setUp({ prepare: hideListeners })
    signal('SIGTERM')
    await settle()
    await vi.runAllTimersAsync()
    expect(log).toEqual(['flush', 'exits with 143'])
  })

  it('leaves the first process of a container alive, and its listeners too, as the kernel does', async () => {
    const { log, target, settle, signal } = setUp({
      prepare: (early) => Object.assign(early, { pid: 1 }),
    })
    signal('SIGTERM')
    target.on('SIGTERM', () => log.push('the application'))
    await settle()
    await vi.runAllTimersAsync()
    signal('SIGTERM')
    expect(log).toEqual(['flush', 'flush', 'the application'])
  })

  it('calls listeners and does nothing else where the application emits it by itself', () => {
    const { log, target } = setUp()
    expect(target.emit('SIGTERM')).toBe(false)
    expect(target.emit('SIGTERM', 'SIGTERM')).toBe(false)
    target.on('SIGTERM', () => log.push('the application'))
    expect(target.emit('SIGTERM')).toBe(true)
    expect(log).toEqual(['the application'])
  })
})

describe('signals', () => {
  it('have their default effect before there is anything to send', () => {
    const { log, target, signal } = setUp({ watches: false })
    expect(target.watched).toEqual([])
    signal('SIGTERM')
    expect(log).toEqual(['dies by SIGTERM'])
  })

  it('go to the listeners of the application alone before there is anything to send', () => {
    const { log, target, signal } = setUp({ watches: false })
    target.on('SIGTERM', () => log.push('the application'))
    signal('SIGTERM')
    expect(log).toEqual(['the application'])
  })

  it('are watched for after the last listener of the application has gone', () => {
    const { target } = setUp()
    target.on('SIGTERM', () => {})
    target.removeAllListeners('SIGTERM')
    expect(target.watched).toContain('SIGTERM')
  })

  it('are not watched for in the context of the request whose span waits', () => {
    const storage = new AsyncLocalStorage<string>()
    const { target, atEnd, signal } = setUp({ watches: false })
    storage.run('a request', () => atEnd.watchSignals())
    const seen: unknown[] = []
    target.on('SIGTERM', () => seen.push(storage.getStore()))
    signal('SIGTERM')
    expect(seen).toEqual([undefined])
  })

  it('are watched for although a listener for changes of listeners throws, which nobody sees', async () => {
    const { log, settle, atEnd, signal } = setUp({
      watches: false,
      prepare: (target) => {
        for (const event of ['newListener', 'removeListener']) {
          target.on(event, (changed: string) => {
            if (changed in NUMBERS) throw new Error('no')
          })
        }
      },
    })
    atEnd.watchSignals()
    signal('SIGTERM')
    await settle()
    expect(log).toEqual(['flush', 'dies by SIGTERM'])
  })
})

describe('out of work', () => {
  it('flushes before the application gets `beforeExit`, and gives up what is left at the exit', async () => {
    const { log, target, settle } = setUp()
    target.on('beforeExit', () => log.push('the application'))
    target.emit('beforeExit', 0)
    await settle()
    target.emit('beforeExit', 0)
    expect(log).toEqual(['flush', 'the application'])
    target.emit('exit', 0)
    expect(log).toEqual(['flush', 'the application', 'abandon'])
  })

  it('passes on what the application emits by itself, and spends no flush on it', async () => {
    const { log, target, settle } = setUp()
    target.on('beforeExit', (code) => log.push(`the application: ${code}`))
    expect(target.emit('beforeExit', 7, 'by the application')).toBe(true)
    expect(log).toEqual(['the application: 7'])
    target.emit('beforeExit', 0)
    await settle()
    expect(log).toEqual(['the application: 7', 'flush'])
  })

  it('flushes at each end of a process that goes on', async () => {
    const { log, target, settle } = setUp()
    target.on('beforeExit', () => log.push('the application'))
    for (let i = 0; i < 4; i++) {
      target.emit('beforeExit', 0)
      await settle()
    }
    const end = ['flush', 'the application']
    expect(log).toEqual([...end, ...end])
  })

  it('has one budget for all ends of a process', async () => {
    const { log, target } = setUp()
    target.emit('beforeExit', 0)
    await vi.advanceTimersByTimeAsync(EXIT_FLUSH_BUDGET_MS)
    expect(log).toEqual(['flush', 'abandon'])
    target.on('beforeExit', () => log.push('the application'))
    for (let i = 0; i < 2; i++) target.emit('beforeExit', 0)
    expect(log).toEqual(['flush', 'abandon', 'the application', 'the application'])
  })

  it('has one budget for all flushes: one that a signal has begun is not waited for', async () => {
    const { log, target, signal } = setUp()
    target.on('SIGTERM', () => {})
    signal('SIGTERM')
    await vi.advanceTimersByTimeAsync(EXIT_FLUSH_BUDGET_MS - 100)
    target.emit('beforeExit', 0)
    await vi.advanceTimersByTimeAsync(EXIT_FLUSH_BUDGET_MS - 1)
    expect(log).toEqual(['flush', 'flush'])
    await vi.advanceTimersByTimeAsync(1)
    expect(log).toEqual(['flush', 'flush', 'abandon'])
  })

  it('keeps no timer that outlives the flush', async () => {
    const { target, settle } = setUp()
    target.emit('beforeExit', 0)
    await settle()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('stopped', () => {
  it('takes everything back', async () => {
    const { target, atEnd } = setUp()
    atEnd.stop()
    await vi.runAllTimersAsync()
    expect(target.watched).toEqual([])
    expect(Object.keys(target)).not.toContain('emit')
    expect(target.emit).toBe(EventEmitter.prototype.emit)
  })

  it('gives back an `emit` that somebody had put there before', () => {
    const own = function (this: FakeProcess, ...args: unknown[]) {
      return Reflect.apply(EventEmitter.prototype.emit, this, args)
    }
    const { target, atEnd } = setUp({ prepare: (early) => Object.assign(early, { emit: own }) })
    atEnd.stop()
    expect(target.emit).toBe(own)
  })

  it('dies by a signal that arrived before, whose event comes after', async () => {
    const { log, settle, signal, atEnd } = setUp()
    atEnd.stop()
    signal('SIGTERM')
    await settle()
    expect(log).toEqual(['flush', 'dies by SIGTERM'])
  })

  it('hands the watch over to what was started since, which flushes', async () => {
    const { log, target, settle, signal, start, atEnd } = setUp()
    atEnd.stop()
    const second = start('second flush')
    second.watchSignals()
    await vi.runAllTimersAsync()
    expect(target.watched).toEqual(['SIGTERM', 'SIGINT'])
    signal('SIGTERM')
    await settle()
    expect(log).toEqual(['second flush', 'dies by SIGTERM'])
  })

  it('stays below an `emit` that somebody has put there since, and passes everything on', async () => {
    const { log, target, atEnd } = setUp()
    const { emit } = target
    target.emit = (...args) => Reflect.apply(emit, target, args)
    atEnd.stop()
    await vi.runAllTimersAsync()
    target.on('beforeExit', () => log.push('the application'))
    expect(target.emit('beforeExit', 0)).toBe(true)
    target.kill(1, 'SIGTERM')
    expect(log).toEqual(['the application', 'dies by SIGTERM'])
  })
})
