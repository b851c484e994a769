import {
  clearInterval,
  monotonicNow,
  setImmediate,
  setInterval,
  settleWithin,
} from '@vr/otel-metrics/internal'
import { isNativeBeforeExit } from './native-before-exit.ts'
import { exitAtOnce, type ProcessLike, TerminationSignals } from './termination-signals.ts'

/**
 * How long telemetry may hold up the end of a process, in milliseconds, all flushes together. The promise is one second,
 * from the signal or the end of the application's work to the exit; an attempt to connect to the collector, which Node
 * waits for, may come before (see `connect-limit.ts` of the exporters).
 */
export const EXIT_FLUSH_BUDGET_MS = 500

/** What {@link flushOnExit} does at the end of a process. */
export interface FlushSteps {
  /** Sends all that waits; may hang, never throws. */
  flush(): Promise<void>
  /** Gives up what has not been sent, so that a process out of work can end. */
  abandon(): void
}

/** Flushes at the end of a process. */
export interface ExitFlush {
  /** Called when there is something to be sent: from now on signals are watched for, see {@link TerminationSignals.watch}. */
  watchSignals(): void
  /** Takes everything back. */
  stop(): void
}

/** The process, and what is known of it; for tests. */
interface ProcessHooks {
  readonly target?: ProcessLike
  /** Ends the process at once with an exit code, where a signal does not. */
  readonly exit?: (code: number) => void
  /** Whether `beforeExit` comes from Node, by the arguments of `emit`. */
  readonly isNative?: (args: readonly unknown[]) => boolean
}

/**
 * Flushes when the process is about to end, and lets it end as it would have, {@link EXIT_FLUSH_BUDGET_MS} later at most: by a
 * signal that the application does not handle, by what its own listeners do, with its own exit code when it runs out of
 * work. A second signal does not wait. `process.exit` leaves no time for anything asynchronous. A process that a listener
 * for `beforeExit` keeps alive is flushed at each of its ends while there is time left.
 */
export function flushOnExit(
  { flush, abandon }: FlushSteps,
  { target = process, exit = exitAtOnce, isNative: isByNode = isNativeBeforeExit }: ProcessHooks = {},
): ExitFlush {
  const before = Object.getOwnPropertyDescriptor(target, 'emit')
  const { emit } = target
  const emitBefore = (args: unknown[]): unknown => Reflect.apply(emit, target, args)
  const signals = new TerminationSignals(
    target,
    emitBefore,
    () => settleWithin(flush(), EXIT_FLUSH_BUDGET_MS),
    exit,
  )
  let leftMs = EXIT_FLUSH_BUDGET_MS
  let isHeldBack = false
  let hasRunOut = false
  const flushHeldBack = async (): Promise<void> => {
    const from = monotonicNow()
    let isFlushed = false
    const flushed = flush().then(() => {
      isFlushed = true
    })
    await settleWithin(flushed, leftMs)
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
  const alive = setInterval(() => {}, EXIT_FLUSH_BUDGET_MS)
  void work().then(() => {
    clearInterval(alive)
    setImmediate(() => {}) // something to run out of, so that Node emits it again
  })
}
