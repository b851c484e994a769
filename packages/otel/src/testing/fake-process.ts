import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import { vi } from 'vitest'
import { flushOnExit } from '../lifecycle/flush-on-exit.ts'

/** Numbers of signals, as Node passes them to listeners. */
export const NUMBERS: Readonly<Record<string, number>> = { SIGTERM: 15, SIGINT: 2 }

/** A process that watches for signals as Node does: while there are listeners, started by the event `newListener`. */
export class FakeProcess extends EventEmitter {
  readonly pid: number = 2
  readonly log: string[] = []
  #isAlive = true
  /** Calls the `emit` of the time when the watch started, in the async context of that time. */
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

/** Starts {@link flushOnExit} for a fake process whose flush the test ends. */
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
