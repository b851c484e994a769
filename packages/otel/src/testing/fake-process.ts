import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import { vi } from 'vitest'
import { flushOnExit } from '../lifecycle/flush-on-exit.ts'

/** Numbers of signals, as Node passes them to listeners. */
export const NUMBERS: Readonly<Record<string, number>> = { SIGTERM: 15, SIGINT: 2 }

/** A process that handles signals as Node does: from the event `newListener` until the last listener is removed. */
export class FakeProcess extends EventEmitter {
  readonly pid: number = 2
  readonly log: string[] = []
  #isAlive = true
  /** Signal handlers. Each calls the `emit` and uses the async context of the time when it was installed. */
  readonly #handlers = new Map<string, () => void>()

  constructor() {
    super()
    this.on('newListener', (event: string) => {
      const number = NUMBERS[event]
      if (number === undefined || this.#handlers.has(event)) return
      const { emit } = this
      const detached = AsyncLocalStorage.snapshot()
      this.#handlers.set(event, () => detached(() => Reflect.apply(emit, this, [event, event, number])))
    })
    this.on('removeListener', (event: string) => {
      if (this.listenerCount(event) === 0) this.#handlers.delete(event)
    })
  }

  get handledSignals(): string[] {
    return [...this.#handlers.keys()]
  }

  kill(_pid: number, signal: string): true {
    const handler = this.#handlers.get(signal)
    if (handler !== undefined) handler()
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

/** Starts {@link flushOnExit} for a fake process. The flush ends when the test calls `settle`. */
export function setUpExit({ handlesSignals = true, prepare = (_: FakeProcess): void => {} } = {}) {
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
        shutdownNow: () => log.push('shutdown'),
      },
      {
        target: target as unknown as NodeJS.Process,
        exit: (code) => target.reallyExit(code),
        isNative: (args) => args[2] !== 'by the application',
      },
    )
  const exitFlush = start('flush')
  if (handlesSignals) exitFlush.handleSignals()
  /** Ends the flush. */
  const settle = async () => {
    flushed.resolve()
    await vi.advanceTimersByTimeAsync(0)
  }
  return { log, target, settle, start, exitFlush, signal: (name: string) => target.kill(1, name) }
}
