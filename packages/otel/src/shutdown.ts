import { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from './real-timers.ts'

/** How long a flush may hold up the end of the process, in milliseconds. */
export const FLUSH_BUDGET_MS = 1000

/** What the end of a process is told through; `process`, or a stand-in with its events. */
type ProcessLike = Pick<NodeJS.Process, 'prependListener' | 'off' | 'emit' | 'listenerCount' | 'kill' | 'pid'>

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/**
 * Flushes when the process is about to end, and lets it end as it would have: a signal that the application does not
 * handle still kills the process by that signal, one that it handles is left to it, a second signal kills at once, and
 * a process that runs out of work exits with its own code. `process.exit` leaves no time for anything asynchronous.
 * @param flush settles within {@link FLUSH_BUDGET_MS}, never rejects
 * @param abandon gives up what has not been sent by then, so that a process out of work can end
 * @returns stops it
 */
export function flushAtEnd(
  flush: () => Promise<void>,
  abandon: () => void,
  target: ProcessLike = process,
): () => void {
  let isFlushing = false
  const onSignal = (signal: NodeJS.Signals): void => {
    const isHandledByApplication = target.listenerCount(signal) > 1
    if (isHandledByApplication) {
      void flush()
      return
    }
    const dieByIt = (): void => {
      target.off(signal, onSignal)
      target.kill(target.pid, signal)
    }
    if (isFlushing) dieByIt()
    else void flush().then(dieByIt)
    isFlushing = true
  }
  const letEnd = holdEnd(target, () => flush().then(abandon))
  // First, so that a listener of the application that is there only once is still counted.
  for (const signal of SIGNALS) target.prependListener(signal, onSignal)
  return () => {
    for (const signal of SIGNALS) target.off(signal, onSignal)
    letEnd()
  }
}

/**
 * Does some work when a process has run out of its own, before the application is told so. Node tells of it by
 * `beforeExit`, and again after whatever was done because of it; so the first one is kept to ourselves, and the application
 * is told as often as without us.
 * @param work never rejects
 * @returns stops it
 */
function holdEnd(target: ProcessLike, work: () => Promise<void>): () => void {
  let isDone = false
  const { emit } = target
  const held = function (this: unknown, ...args: unknown[]): unknown {
    if (args[0] !== 'beforeExit' || isDone) return Reflect.apply(emit, this, args)
    isDone = true
    const alive = setInterval(() => {}, FLUSH_BUDGET_MS)
    void work().then(() => {
      clearInterval(alive)
      setImmediate(() => {}) // something to run out of, so that the application is told
    })
    return true
  }
  Object.defineProperty(target, 'emit', {
    value: held,
    configurable: true,
    enumerable: false,
    writable: true,
  })
  return () => {
    isDone = true
    if ((target.emit as unknown) === held) Reflect.deleteProperty(target, 'emit')
  }
}

/** Settles when `work` does or `timeoutMs` have passed, whichever is first; never rejects. */
export async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  const { promise: tooLong, resolve } = Promise.withResolvers<void>()
  // Not unref'd: where nothing else is left to run, the process would end before a flush that hangs has given up, and what
  // it holds would be lost uncounted. It holds the process for the time limit at most, and is taken back when work settles.
  const timer = setTimeout(resolve, timeoutMs)
  await Promise.race([work.catch(() => {}), tooLong])
  clearTimeout(timer) // in any case: neither of the two rejects
}
