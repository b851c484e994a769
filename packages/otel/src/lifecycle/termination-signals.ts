import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import { constants } from 'node:os'
import { setImmediate } from '@vr/otel-metrics/internal'

/** `process`, or a fake of it in tests. */
export type ProcessLike = Pick<NodeJS.Process, 'emit' | 'removeAllListeners' | 'kill' | 'pid'>

/** Signals that end a process by default and leave time for a flush. */
const SIGNALS: ReadonlySet<unknown> = new Set<NodeJS.Signals>(['SIGTERM', 'SIGINT'])

const noListener = (): void => {}

/**
 * Counts all listeners. An application may replace `process.listenerCount` to hide its own listener, as tsx does; Node calls
 * that listener nevertheless.
 */
const { listenerCount } = EventEmitter.prototype

const { reallyExit } = process as typeof process & { reallyExit(code: number): void }

/** Ends the process without an `exit` event, as a signal does. Uses Node's own method, because libraries replace it. */
export const exitAtOnce = (code: number): void => Reflect.apply(reallyExit, process, [code])

/**
 * The instance that handles the signals of each process. A new start replaces an instance that is being stopped.
 */
const ACTIVE = new WeakMap<ProcessLike, TerminationSignals>()

/** Calls the `emit` that our wrapper replaced. */
type Emit = (args: unknown[]) => unknown

/**
 * Flushes at SIGTERM and SIGINT. Without listeners of the application, the signal ends the process after the flush. With
 * listeners, the flush starts and the listeners are called at once; they decide when the process ends.
 *
 * Adds no listener: libraries such as `signal-exit` count the listeners to decide who ends the process. Instead it emits
 * the event `newListener`, which makes Node install its signal handler, and intercepts the signal's event in `process.emit`.
 * See docs/decisions/signals-without-listeners.md.
 */
export class TerminationSignals {
  readonly #process: ProcessLike
  readonly #emit: Emit
  readonly #flush: () => Promise<void>
  readonly #atEnd: () => void
  readonly #exit: (code: number) => void
  /** Runs code outside of any request: Node would keep the current async context for the signal's listeners. */
  readonly #detached = AsyncLocalStorage.snapshot()
  /** Whether the process ends by a signal as soon as the flush is done. */
  #isEnding = false

  /**
   * @param flush resolves within a time limit, never rejects
   * @param atEnd called synchronously before the signal ends the process; must not throw
   * @param exit ends the process at once with an exit code, for a process that a signal does not end
   */
  constructor(
    process: ProcessLike,
    emit: Emit,
    flush: () => Promise<void>,
    atEnd: () => void,
    exit: (code: number) => void,
  ) {
    this.#process = process
    this.#emit = emit
    this.#flush = flush
    this.#atEnd = atEnd
    this.#exit = exit
  }

  /**
   * Starts to handle signals. From now on they do not end a process that never returns to its event loop, so call this only
   * when there is something to flush. Handling does not stop after a flush: when Node removes its signal handler, it drops a
   * signal that has arrived and is not emitted yet.
   */
  start(): void {
    if (ACTIVE.get(this.#process) === this) return
    ACTIVE.set(this.#process, this)
    for (const signal of SIGNALS) this.#emitDetached('newListener', signal)
  }

  /**
   * Stops handling signals at shutdown: without listeners of the application they have their default effect again. Waits for
   * a whole poll phase of the event loop, so that a signal that has already arrived is emitted.
   */
  stop(): void {
    setImmediate(() => setImmediate(() => this.#ignoreNow()))
  }

  #ignoreNow(): void {
    if (this.#isEnding || ACTIVE.get(this.#process) !== this) return
    ACTIVE.delete(this.#process)
    for (const signal of SIGNALS) this.#emitDetached('removeListener', signal)
  }

  /**
   * Replaces `process.emit`: called for every event of the process.
   * @param args arguments of `emit`: the event and its values
   */
  emit(args: unknown[]): unknown {
    const [event, signal, number] = args
    const active = ACTIVE.get(this.#process)
    if (active === undefined) return this.#emit(args)
    // Without a number, the application emits the event itself, to call its listeners only.
    if (SIGNALS.has(event) && typeof number === 'number') {
      return active.#onSignal(event as NodeJS.Signals, () => this.#emit(args))
    }
    const result = this.#emit(args)
    // Node removes its signal handler with the last listener.
    if (event === 'removeListener' && SIGNALS.has(signal)) this.#emitDetached('newListener', signal)
    return result
  }

  #onSignal(signal: NodeJS.Signals, emit: () => unknown): unknown {
    if (Reflect.apply(listenerCount, this.#process, [signal]) > 0) {
      void this.#flush()
      return emit()
    }
    // Without a handler, the kernel ignores signals to the first process of a container.
    if (this.#process.pid === 1) {
      void this.#flush()
      return false
    }
    if (this.#isEnding) this.#endBySignal(signal)
    else void this.#flush().then(() => this.#endBySignal(signal))
    this.#isEnding = true
    return true
  }

  #endBySignal(signal: NodeJS.Signals): void {
    ACTIVE.delete(this.#process)
    this.#atEnd()
    // These listeners were added after the signal arrived; without telemetry it would have ended the process before.
    ignoringErrors(() => this.#process.removeAllListeners(signal))
    this.#emitDetached('removeListener', signal)
    ignoringErrors(() => this.#process.kill(this.#process.pid, signal))
    // If the application's `process.listenerCount` is wrong, Node keeps its handler and the signal has no effect.
    setImmediate(() => this.#exit(128 + constants.signals[signal]))
  }

  #emitDetached(event: 'newListener' | 'removeListener', signal: unknown): void {
    ignoringErrors(() => this.#detached(() => this.#emit([event, signal, noListener])))
  }
}

/** Runs a change of listeners. Exceptions of the application's `newListener` listeners must not reach our callers. */
function ignoringErrors(change: () => unknown): void {
  try {
    change()
  } catch {
    // Without Node's handler, the signal has its default effect.
  }
}
