import { monotonicNow } from '../real-timers.ts'
import type { Channel, ChannelHandlers } from './channel.ts'
import { encode } from './codec.ts'
import { endOfRelayed, readRelayed, relayed } from './relay-text.ts'
import type { ThreadChannel } from './thread-channel.ts'

/** Default time limit for the last pushes of threads when the process exits, in milliseconds. */
const EXIT_WAIT_MS = 50

/** Asks a member for its newest values. */
const FLUSH = encode({ type: 'flush', id: 0 })

/** Start of the answer to {@link FLUSH}, which follows the push. */
const FLUSHED = '{"type":"flushed"'

/**
 * Channel of a member to its aggregator that also carries the channels of the threads that the member has started. Each thread is a
 * member of its own for the aggregator, which accepts the channel through {@link acceptRelayed}.
 */
export class RelayChannel implements Channel {
  readonly #outer: Channel
  readonly #exitWaitMs: number
  readonly #threads = new Map<number, ThreadChannel>()
  #lastId = 0
  #isOpen = true
  /** While the process exits: the texts of threads, and the threads that have not answered {@link FLUSH}. */
  #exit: { readonly texts: string[]; readonly awaited: Set<number> } | undefined
  #hasWaited = false

  /** @param exitWaitMs longest time for which the exit of the process waits for the last pushes of its threads */
  constructor(outer: Channel, exitWaitMs = EXIT_WAIT_MS) {
    this.#outer = outer
    this.#exitWaitMs = exitWaitMs
  }

  /** Relays a thread until it ends. Its texts are acknowledged when the outer channel has taken them. */
  attach(thread: ThreadChannel): void {
    const id = ++this.#lastId
    this.#threads.set(id, thread)
    thread.relay({
      onMessage: (text, taken) => {
        if (this.#exit !== undefined) this.#onExitText(id, text, taken)
        else if (this.#isOpen) this.#outer.send(relayed(id, text), taken)
        else taken()
      },
      onClose: () => {
        this.#threads.delete(id)
        if (this.#isOpen) this.#outer.send(endOfRelayed(id))
      },
    })
  }

  send(text: string, onSent?: () => void): void {
    this.#outer.send(text, onSent)
  }

  /**
   * Sends also the last texts of the threads, which end with the process. They run while this thread waits, at its first exit only:
   * listeners of `exit` may record, but threads have been asked already.
   */
  sendAtExit(texts: readonly string[]): void {
    this.#exit = { texts: [], awaited: new Set(this.#hasWaited ? [] : this.#threads.keys()) }
    this.#hasWaited = true
    for (const id of this.#exit.awaited) this.#threads.get(id)?.send(FLUSH)
    this.#drain()
    const deadline = monotonicNow() + this.#exitWaitMs
    while (this.#exit.awaited.size > 0 && monotonicNow() < deadline) {
      pause()
      this.#drain()
    }
    this.#outer.sendAtExit([...this.#exit.texts, ...texts])
    this.#exit = undefined
  }

  open(handlers: ChannelHandlers): void {
    this.#outer.open({
      onMessage: (message) => {
        const inner = readRelayed(message)
        if (inner === undefined) handlers.onMessage(message)
        else if (inner.text !== undefined) this.#threads.get(inner.id)?.send(inner.text)
        else this.#refuse(inner.id)
      },
      onClose: () => {
        this.#isOpen = false
        handlers.onClose()
      },
    })
  }

  close(): void {
    this.#isOpen = false
    this.#outer.close()
  }

  #drain(): void {
    for (const thread of [...this.#threads.values()]) thread.drain()
  }

  #onExitText(id: number, text: string, taken: () => void): void {
    if (text.startsWith(FLUSHED)) this.#exit?.awaited.delete(id)
    else this.#exit?.texts.push(relayed(id, text))
    taken()
  }

  /** Stops to relay a thread whose channel the aggregator has closed. */
  #refuse(id: number): void {
    this.#threads.get(id)?.close()
    this.#threads.delete(id)
  }
}

/** Blocks this thread for a millisecond, in which others run. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
}
