import { AsyncLocalStorage } from 'node:async_hooks'
import {
  BroadcastChannel,
  type MessagePort,
  receiveMessageOnPort,
  threadId,
  type Worker,
} from 'node:worker_threads'
import type { Channel, ChannelHandlers } from './channel.ts'
import { ErrorBarrier } from './error-barrier.ts'

/**
 * What the two ends of a {@link ThreadChannel} exchange: a numbered text, an acknowledgement of a text by its number, or the
 * notice of the starter that its end is open.
 */
type Frame = readonly ['text', number, string] | readonly ['taken', number] | readonly ['open']

/** Receives the events of a channel whose texts are acknowledged by the receiver. */
export interface RelayHandlers {
  /** @param taken acknowledges the text; the sender keeps further texts back until then */
  onMessage(text: string, taken: () => void): void
  onClose(): void
}

/** A text that the other end has not acknowledged. */
interface Unacknowledged {
  readonly text: string
  readonly onSent: (() => void) | undefined
}

/** Runs code outside of any request: a channel that is created in a request would keep its async context. */
const detached = AsyncLocalStorage.snapshot()

/**
 * Connection between a worker thread and the thread that started it. It uses a `BroadcastChannel` with the id of the worker thread
 * in its name: the ports of a `Worker` belong to the application. `onSent` is called when the other thread has handled the text.
 *
 * No end of a `BroadcastChannel` is notified of the other: a text that the starter has not acknowledged is sent again when its
 * end opens, and the starter calls {@link close} or {@link end} when the thread has ended.
 */
export class ThreadChannel implements Channel {
  /** Name of the `BroadcastChannel`. */
  readonly name: string
  readonly #isStarter: boolean
  readonly #barrier = new ErrorBarrier()
  #port: BroadcastChannel | undefined
  #handlers: RelayHandlers | undefined
  /** Opens the channel when the first text arrives. */
  #onFirst: ((channel: ThreadChannel) => void) | undefined
  #isClosed = false
  #sent = 0
  #received = 0
  /** By number. */
  readonly #unacknowledged = new Map<number, Unacknowledged>()

  /**
   * @param id `threadId` of the worker thread
   * @param isStarter whether this is the end of the thread that started it
   */
  constructor(id: number, isStarter: boolean) {
    this.name = `@vr/otel thread ${id}`
    this.#isStarter = isStarter
  }

  /** Delivers texts, and acknowledges each after its handler has returned. */
  open(handlers: ChannelHandlers): void {
    this.relay({
      onMessage: (text, taken) => {
        handlers.onMessage(text)
        taken()
      },
      onClose: () => handlers.onClose(),
    })
  }

  /** Opens the channel, in place of {@link open}, for a receiver that acknowledges each text itself. */
  relay(handlers: RelayHandlers): void {
    this.#handlers = handlers
    this.#listen()
  }

  /**
   * Waits for the first text without a receiver: a thread that does not run this package sends none.
   * @param onFirst has to open the channel; the text is then delivered
   */
  awaitFirst(onFirst: (channel: ThreadChannel) => void): void {
    this.#onFirst = onFirst
    this.#listen()
  }

  #listen(): void {
    if (this.#port !== undefined || this.#isClosed) return
    const port = detached(() => new BroadcastChannel(this.name))
    port.onmessage = ({ data }) => this.#barrier.run(() => this.#onFrame(data))
    port.unref()
    this.#port = port
    if (this.#isStarter) this.#post(['open'])
  }

  send(text: string, onSent?: () => void): void {
    const number = ++this.#sent
    this.#unacknowledged.set(number, { text, onSent })
    this.#listen()
    if (this.#isClosed) process.nextTick(() => this.#onTaken(number))
    else this.#post(['text', number, text])
  }

  sendAtExit(texts: readonly string[]): void {
    for (const text of texts) this.send(text)
  }

  close(): void {
    this.#isClosed = true
    this.#port?.close()
    this.#port = undefined
    this.#handlers = undefined
    for (const number of [...this.#unacknowledged.keys()]) process.nextTick(() => this.#onTaken(number))
  }

  /** Delivers the texts that have arrived and whose events are still to come. */
  drain(): void {
    for (;;) {
      // The types of Node accept only a `MessagePort`, its documentation a `BroadcastChannel` too.
      const received = this.#port && receiveMessageOnPort(this.#port as unknown as MessagePort)
      if (received === undefined) return
      this.#onFrame(received.message)
    }
  }

  /** Delivers the texts that have arrived, then the end of the channel. Called when the thread has ended. */
  end(): void {
    this.drain()
    const handlers = this.#handlers
    this.close()
    handlers?.onClose()
  }

  #post(frame: Frame): void {
    this.#port?.postMessage(frame)
  }

  #onFrame(frame: unknown): void {
    if (!Array.isArray(frame)) return
    const [type, number, text] = frame
    if (type === 'open') this.#sendAgain()
    else if (type === 'taken') this.#onTaken(number)
    else if (type === 'text' && typeof text === 'string') this.#onText(number, text)
  }

  #onText(number: unknown, text: string): void {
    // A higher number follows a text that was sent before this end was open: both are sent again.
    if (number !== this.#received + 1) return
    this.#received = number
    if (this.#handlers === undefined) this.#onFirst?.(this)
    this.#handlers?.onMessage(text, () => this.#post(['taken', number]))
  }

  #onTaken(number: unknown): void {
    const entry = this.#unacknowledged.get(number as number)
    this.#unacknowledged.delete(number as number)
    entry?.onSent?.()
  }

  #sendAgain(): void {
    for (const [number, { text }] of this.#unacknowledged) this.#post(['text', number, text])
  }
}

/** Returns the channel of this worker thread to the thread that started it. */
export function connectToStarter(): ThreadChannel {
  return new ThreadChannel(threadId, false)
}

/** What {@link connectToThread} calls. */
export interface ThreadEvents {
  /** Called when the thread sends its first text: it runs this package. Has to open the channel. */
  onJoin(channel: ThreadChannel): void
  /** Called when the thread has ended, after its last text and the end of its channel. */
  onEnd(): void
}

/**
 * Waits for a worker thread to connect. Call it when the diagnostics channel `worker_threads` publishes the `Worker`: the thread
 * has not run any code yet. Does not keep the process alive.
 *
 * The end of the thread is observed in `emit`, because a listener would count among those of the application.
 */
export function connectToThread(worker: Worker, { onJoin, onEnd }: ThreadEvents): void {
  const channel = new ThreadChannel(worker.threadId, true)
  channel.awaitFirst(onJoin)
  const barrier = new ErrorBarrier()
  const { emit } = worker
  const emitAfterEnd = (...args: unknown[]): boolean => {
    if (args[0] === 'exit' && worker.threadId < 0) {
      barrier.run(() => channel.end())
      barrier.run(onEnd)
    }
    return Reflect.apply(emit, worker, args)
  }
  Object.defineProperty(worker, 'emit', {
    value: emitAfterEnd,
    configurable: true,
    enumerable: false,
    writable: true,
  })
}
