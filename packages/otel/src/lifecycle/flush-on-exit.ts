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
 * How long all flushes together may delay the end of a process, in milliseconds. The documented limit is one second from
 * the signal, or from the empty event loop, to the exit: an attempt to connect to the collector, for which Node waits, may
 * come first (see `connect-limit.ts` of the exporters).
 */
export const EXIT_FLUSH_BUDGET_MS = 500

/** The steps of {@link flushOnExit}. */
export interface FlushSteps {
  /** Exports queued data. May hang; never throws. */
  flush(): Promise<void>
  /** Drops queued data and closes connections, so that the process can end. */
  shutdownNow(): void
  /**
   * Called before and after the listeners of `exit`, which may record, and before a signal without listeners ends the process:
   * requests can end during the flush. Must be synchronous and not throw.
   */
  atExit?(): void
}

/** Controls {@link flushOnExit}. */
export interface ExitFlush {
  /** Starts to handle signals. Call it when there is something to flush; see {@link TerminationSignals.start}. */
  handleSignals(): void
  /** Removes all hooks. */
  stop(): void
}

/** Replaces the process in tests. */
interface ProcessHooks {
  readonly target?: ProcessLike
  /** Ends the process at once with an exit code, if a signal does not end it. */
  readonly exit?: (code: number) => void
  /** Whether `beforeExit` is emitted by Node; see {@link isNativeBeforeExit}. */
  readonly isNative?: (args: readonly unknown[]) => boolean
}

/**
 * Flushes when the process is about to end. The process then ends as without telemetry, at most
 * {@link EXIT_FLUSH_BUDGET_MS} later: by a signal without listeners, by a listener of the application, or with its exit code
 * when the event loop is empty. A second signal does not wait for the flush. `process.exit()` leaves no
 * time to flush: only `atExit` runs. If a `beforeExit` listener keeps the process alive, each later end flushes again within the budget.
 */
export function flushOnExit(
  { flush, shutdownNow, atExit = () => {} }: FlushSteps,
  { target = process, exit = exitAtOnce, isNative = isNativeBeforeExit }: ProcessHooks = {},
): ExitFlush {
  const before = Object.getOwnPropertyDescriptor(target, 'emit')
  const { emit } = target
  const emitBefore = (args: unknown[]): unknown => Reflect.apply(emit, target, args)
  const signals = new TerminationSignals(
    target,
    emitBefore,
    () => settleWithin(flush(), EXIT_FLUSH_BUDGET_MS),
    atExit,
    exit,
  )
  let leftMs = EXIT_FLUSH_BUDGET_MS
  let isSuppressed = false
  let hasFlushed = false
  const flushBeforeExit = async (): Promise<void> => {
    const from = monotonicNow()
    let isFlushed = false
    const flushed = flush().then(() => {
      isFlushed = true
    })
    await settleWithin(flushed, leftMs)
    leftMs = isFlushed ? leftMs - (monotonicNow() - from) : 0
    if (!isFlushed) shutdownNow()
    hasFlushed = true
  }
  const intercepted = (...args: unknown[]): unknown => {
    // After the last flush, data that the collector has not accepted is counted as dropped.
    if (args[0] === 'exit') {
      if (hasFlushed) shutdownNow()
      return runAround(atExit, () => signals.emit(args))
    }
    if (args[0] !== 'beforeExit' || !isNative(args)) return signals.emit(args)
    isSuppressed = !isSuppressed && leftMs > 0
    if (!isSuppressed) return signals.emit(args)
    runBeforeExit(flushBeforeExit)
    return true
  }
  Object.defineProperty(target, 'emit', {
    value: intercepted,
    configurable: true,
    enumerable: false,
    writable: true,
  })
  return {
    handleSignals: () => signals.start(),
    stop() {
      leftMs = 0
      hasFlushed = false
      signals.stop()
      // If other code has wrapped `emit` since, our wrapper stays in place and only passes events on.
      if ((target.emit as unknown) !== intercepted) return
      if (before === undefined) Reflect.deleteProperty(target, 'emit')
      else Object.defineProperty(target, 'emit', before)
    },
  }
}

/** Runs `work` before and after `emit`. A listener may end the process, so that nothing runs after it. */
function runAround(work: () => void, emit: () => unknown): unknown {
  work()
  try {
    return emit()
  } finally {
    work()
  }
}

/**
 * Runs work when the event loop is empty, before the application receives `beforeExit`. The first event is suppressed:
 * Node emits it again after the work, so the application receives as many events as without telemetry.
 * @param work never rejects
 */
function runBeforeExit(work: () => Promise<void>): void {
  const alive = setInterval(() => {}, EXIT_FLUSH_BUDGET_MS)
  void work().then(() => {
    clearInterval(alive)
    setImmediate(() => {}) // makes the event loop run once more, so that Node emits the event again
  })
}
