import { AsyncLocalStorage } from 'node:async_hooks'

/** `process`, or a stand-in with its events. */
export type ProcessLike = Pick<
  NodeJS.Process,
  'emit' | 'listenerCount' | 'removeAllListeners' | 'kill' | 'pid'
>

/** Signals that end a process by default, and leave it time for a flush. */
const SIGNALS: ReadonlySet<unknown> = new Set<NodeJS.Signals>(['SIGTERM', 'SIGINT'])

const nobody = (): void => {}

/** Emits an event of the process in the way that was there before ours. */
type Emit = (args: unknown[]) => unknown

/**
 * Flushes at SIGTERM and SIGINT, and ends the process as it would have ended without: by the signal where nobody listens,
 * after the flush; by whatever the application's listeners do, while it is flushed, otherwise.
 *
 * Whether a process dies by a signal depends on whether there are listeners, and libraries such as `signal-exit` count
 * them to decide who ends the process. So this is none: it lets Node watch for the signal, as Node does when it is told
 * by the event `newListener` that there is a listener, and takes the event of the signal on its way through
 * `process.emit`.
 */
export class Signals {
  readonly #process: ProcessLike
  readonly #emit: Emit
  readonly #flush: () => Promise<void>
  /** Not in the context of the request whose telemetry is the first to wait: Node keeps the context for the listeners. */
  readonly #detached = AsyncLocalStorage.snapshot()
  #isWatching = false
  /** Whether a signal that ends the process waits for the flush. */
  #isEnding = false

  /** @param flush settles soon, never rejects */
  constructor(process: ProcessLike, emit: Emit, flush: () => Promise<void>) {
    this.#process = process
    this.#emit = emit
    this.#flush = flush
  }

  /**
   * Starts to watch for signals. From now on, a process that does not return to its event loop does not end by them. Not to
   * be called for what may never come, such as the first span of a process that serves nothing; and not to be undone when
   * all has been sent: Node forgets a signal that has arrived and was not emitted yet when the watch for it ends, so
   * that one which came at that moment would be swallowed.
   */
  watch(): void {
    if (this.#isWatching) return
    this.#isWatching = true
    for (const signal of SIGNALS) this.#let('newListener', signal)
  }

  /** Stops watching, when telemetry ends: a signal has its default effect again, unless the application listens. */
  ignore(): void {
    if (!this.#isWatching || this.#isEnding) return
    this.#isWatching = false
    for (const signal of SIGNALS) this.#let('removeListener', signal)
  }

  /**
   * Called with every event of the process, in place of its `emit`.
   * @param args of `emit`: the event and what comes with it
   */
  emit(args: unknown[]): unknown {
    const [event, signal, number] = args
    if (!this.#isWatching) return this.#emit(args)
    // An application that emits the event by itself wants its listeners to be called, and no more.
    if (SIGNALS.has(event) && typeof number === 'number') return this.#arrived(event as NodeJS.Signals, args)
    const answer = this.#emit(args)
    // Node has stopped to watch if that was the last listener.
    if (event === 'removeListener' && SIGNALS.has(signal)) this.#let('newListener', signal)
    return answer
  }

  #arrived(signal: NodeJS.Signals, args: unknown[]): unknown {
    if (this.#process.listenerCount(signal) > 0) {
      void this.#flush()
      return this.#emit(args)
    }
    if (this.#isEnding) this.#dieBy(signal)
    else void this.#flush().then(() => this.#dieBy(signal))
    this.#isEnding = true
    return true
  }

  #dieBy(signal: NodeJS.Signals): void {
    this.#isWatching = false
    // It came when nobody listened, and would have ended the process before any listener that is there now.
    quietly(() => this.#process.removeAllListeners(signal))
    this.#let('removeListener', signal)
    this.#process.kill(this.#process.pid, signal)
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
