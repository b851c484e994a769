import {
  clearInterval,
  clearTimeout,
  monotonicNow,
  setImmediate,
  setInterval,
  setTimeout,
} from '../real-timers.ts'
import { isEmittedByNode } from './emitted-by-node.ts'
import { exitAtOnce, type ProcessLike, Signals } from './signals.ts'

/**
 * How long telemetry may hold up the end of a process, in milliseconds, all flushes together. The promise is one second,
 * from the signal or the end of the application's work to the exit; an attempt to connect to the collector, which Node
 * waits for, may come before (see `connect-limit.ts` of the exporters).
 */
export const END_BUDGET_MS = 500

/** What {@link flushAtEnd} does at the end of a process. */
export interface FlushedParts {
  /** Sends all that waits; may hang, never throws. */
  flush(): Promise<void>
  /** Gives up what has not been sent, so that a process out of work can end. */
  abandon(): void
}

/** Flushes at the end of a process. */
export interface FlushAtEnd {
  /** Called when there is something to be sent: from now on signals are watched for, see {@link Signals.watch}. */
  watchSignals(): void
  /** Takes everything back. */
  stop(): void
}

/** The process, and what is known of it; for tests. */
interface Surroundings {
  readonly target?: ProcessLike
  /** Ends the process at once with an exit code, where a signal does not. */
  readonly exit?: (code: number) => void
  /** Whether `beforeExit` comes from Node, by the arguments of `emit`. */
  readonly isByNode?: (args: readonly unknown[]) => boolean
}

/**
 * Flushes when the process is about to end, and lets it end as it would have, {@link END_BUDGET_MS} later at most: by a
 * signal that the application does not handle, by what its own listeners do, with its own exit code when it runs out of
 * work. A second signal does not wait. `process.exit` leaves no time for anything asynchronous. A process that a listener
 * for `beforeExit` keeps alive is flushed at each of its ends while there is time left.
 */
export function flushAtEnd(
  { flush, abandon }: FlushedParts,
  { target = process, exit = exitAtOnce, isByNode = isEmittedByNode }: Surroundings = {},
): FlushAtEnd {
  const before = Object.getOwnPropertyDescriptor(target, 'emit')
  const { emit } = target
  const emitBefore = (args: unknown[]): unknown => Reflect.apply(emit, target, args)
  const signals = new Signals(target, emitBefore, () => within(END_BUDGET_MS, flush(), false), exit)
  let leftMs = END_BUDGET_MS
  let isHeldBack = false
  let hasRunOut = false
  const flushHeldBack = async (): Promise<void> => {
    const from = monotonicNow()
    let isFlushed = false
    await within(
      leftMs,
      flush().then(() => {
        isFlushed = true
      }),
      false,
    )
    leftMs = isFlushed ? leftMs - (monotonicNow() - from) : 0
    if (!isFlushed) abandon()
    hasRunOut = true
  }
  const intercepted = (...args: unknown[]): unknown => {
    // After the last flush; what a collector did not take is counted as lost.
    if (args[0] === 'exit' && hasRunOut) abandon()
    if (args[0] !== 'beforeExit' || !isByNode(args)) return signals.emit(args)
    isHeldBack = !isHeldBack && leftMs > 0
    if (!isHeldBack) return signals.emit(args)
    holdEnd(flushHeldBack)
    return true
  }
  Object.defineProperty(target, 'emit', {
    value: intercepted,
    configurable: true,
    enumerable: false,
    writable: true,
  })
  return {
    watchSignals: () => signals.watch(),
    stop() {
      leftMs = 0
      hasRunOut = false
      signals.ignore()
      // Where somebody has wrapped it since, ours stays below and passes everything on.
      if ((target.emit as unknown) !== intercepted) return
      if (before === undefined) Reflect.deleteProperty(target, 'emit')
      else Object.defineProperty(target, 'emit', before)
    },
  }
}

/**
 * Does some work when a process has run out of its own, before the application gets `beforeExit`. Node emits it again
 * after this work; so the first one is held back, and the application gets as many as without us.
 * @param work never rejects
 */
function holdEnd(work: () => Promise<void>): void {
  const alive = setInterval(() => {}, END_BUDGET_MS)
  void work().then(() => {
    clearInterval(alive)
    setImmediate(() => {}) // something to run out of, so that Node emits it again
  })
}

/**
 * Settles when `work` does or `timeoutMs` have passed, whichever is first; never rejects.
 * @param holds whether the process stays alive for it. One that waits for a flush has to: the process would end before a
 *   flush that hangs is given up, and what it has not sent would be lost uncounted.
 */
export async function within(timeoutMs: number, work: Promise<unknown>, holds = true): Promise<void> {
  const { promise: tooLong, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, timeoutMs)
  if (!holds) timer.unref()
  await Promise.race([work.catch(() => {}), tooLong])
  clearTimeout(timer) // in any case: neither of the two rejects
}
