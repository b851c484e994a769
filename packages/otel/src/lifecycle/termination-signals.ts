import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import { constants } from 'node:os'
import { setImmediate } from '@vr/otel-metrics/internal'

/** `process`, or a stand-in with its events. */
export type ProcessLike = Pick<NodeJS.Process, 'emit' | 'removeAllListeners' | 'kill' | 'pid'>

/** Signals that end a process by default, and leave it time for a flush. */
const SIGNALS: ReadonlySet<unknown> = new Set<NodeJS.Signals>(['SIGTERM', 'SIGINT'])

const nobody = (): void => {}

/**
 * Counts listeners as they are. An application may replace `process.listenerCount` to hide a listener of its own, as tsx
 * does: Node calls that listener all the same.
 */
const { listenerCount } = EventEmitter.prototype

const { reallyExit } = process as typeof process & { reallyExit(code: number): void }

/** Ends the process without the event `exit`, as a signal does, by the method of Node: libraries replace it. */
export const exitAtOnce = (code: number): void => Reflect.apply(reallyExit, process, [code])

/**
 * The watch for signals of each process. It belongs to whoever began to watch last: a start takes it over from a stop
 * that has not ended it yet.
 */
const WATCHERS = new WeakMap<ProcessLike, TerminationSignals>()

/** Emits an event of the process in the way that was there before ours. */
type Emit = (args: unknown[]) => unknown

/**
 * Flushes at SIGTERM and SIGINT, and ends the process as it would have ended without: by the signal where nobody listens,
 * after the flush; by whatever the application's listeners do, while it is flushed, otherwise.
 *
 * Whether a process dies by a signal depends on whether there are listeners, and libraries such as `signal-exit` count
 * them to decide who ends the process. So this adds none: it makes Node watch for the signal by emitting the event
 * `newListener`, to which Node subscribes for that, and takes the event of the signal on its way through `process.emit`.
 */
export class TerminationSignals {
  readonly #process: ProcessLike
  readonly #emit: Emit
  readonly #flush: () => Promise<void>
  readonly #exit: (code: number) => void
  /** Not in the context of the request whose telemetry is the first to wait: Node keeps the context for the listeners. */
  readonly #detached = AsyncLocalStorage.snapshot()
  /** Whether a signal that ends the process waits for the flush. */
  #isEnding = false

  /**
   * @param flush settles soon, never rejects
   * @param exit ends the process at once with an exit code, where a signal does not
   */
  constructor(process: ProcessLike, emit: Emit, flush: () => Promise<void>, exit: (code: number) => void) {
    this.#process = process
    this.#emit = emit
    this.#flush = flush
    this.#exit = exit
  }

  /**
   * Starts to watch for signals. From now on, a process that does not return to its event loop does not end by them. Not to
   * be called for what may never come, such as the first span of a process that serves nothing; and not to be undone when
   * all has been sent: Node forgets a signal that has arrived and was not emitted yet when the watch for it ends, so
   * that one which came at that moment would be swallowed.
   */
  watch(): void {
    if (WATCHERS.get(this.#process) === this) return
    WATCHERS.set(this.#process, this)
    for (const signal of SIGNALS) this.#let('newListener', signal)
  }

  /**
   * Stops watching when telemetry ends: then a signal has its default effect again, unless the application listens. The
   * watch ends only after a whole poll phase of the event loop, so that a signal that had arrived before is emitted.
   */
  ignore(): void {
    setImmediate(() => setImmediate(() => this.#ignoreNow()))
  }

  #ignoreNow(): void {
    if (this.#isEnding || WATCHERS.get(this.#process) !== this) return
    WATCHERS.delete(this.#process)
    for (const signal of SIGNALS) this.#let('removeListener', signal)
  }

  /**
   * Called with every event of the process, in place of its `emit`.
   * @param args of `emit`: the event and what comes with it
   */
  emit(args: unknown[]): unknown {
    const [event, signal, number] = args
    const watcher = WATCHERS.get(this.#process)
    if (watcher === undefined) return this.#emit(args)
    // An application that emits the event by itself wants its listeners to be called, and no more.
    if (SIGNALS.has(event) && typeof number === 'number') {
      return watcher.#arrived(event as NodeJS.Signals, () => this.#emit(args))
    }
    const answer = this.#emit(args)
    // Node has stopped watching if that was the last listener.
    if (event === 'removeListener' && SIGNALS.has(signal)) this.#let('newListener', signal)
    return answer
  }

  #arrived(signal: NodeJS.Signals, emit: () => unknown): unknown {
    if (Reflect.apply(listenerCount, this.#process, [signal]) > 0) {
      void this.#flush()
      return emit()
    }
    // The kernel ignores a signal to the first process of a container that does not listen for it.
    if (this.#process.pid === 1) {
      void this.#flush()
      return false
    }
    if (this.#isEnding) this.#dieBy(signal)
    else void this.#flush().then(() => this.#dieBy(signal))
    this.#isEnding = true
    return true
  }

  #dieBy(signal: NodeJS.Signals): void {
    WATCHERS.delete(this.#process)
    // It came when nobody listened, and would have ended the process before any listener that is there now.
    quietly(() => this.#process.removeAllListeners(signal))
    this.#let('removeListener', signal)
    quietly(() => this.#process.kill(this.#process.pid, signal))
    // Node goes on watching where the application's `process.listenerCount` is wrong; then the signal has no effect.
    setImmediate(() => this.#exit(128 + constants.signals[signal]))
  }

  #let(event: 'newListener' | 'removeListener', signal: unknown): void {
    quietly(() => this.#detached(() => this.#emit([event, signal, nobody])))
  }
}

/** The application may listen for changes of listeners, and what its listeners throw is not for whoever ends a span. */
function quietly(change: () => unknown): void {
  try {
    change()
  } catch {
    // Where Node does not watch for the signal, it has its default effect.
  }
}
