import type { Channel, ChannelHandlers } from './channel.ts'
import { endOfRelayed, readRelayed, relayed } from './relay-text.ts'
import type { ThreadChannel } from './thread-channel.ts'

/**
 * Channel of a member to its aggregator that also carries the channels of the threads that the member has started. Each thread is a
 * member of its own for the aggregator, which accepts the channel through {@link acceptRelayed}.
 */
export class RelayChannel implements Channel {
  readonly #outer: Channel
  readonly #threads = new Map<number, ThreadChannel>()
  #lastId = 0
  #isOpen = true

  constructor(outer: Channel) {
    this.#outer = outer
  }

  /** Relays a thread until it ends. Its texts are acknowledged when the outer channel has taken them. */
  attach(thread: ThreadChannel): void {
    const id = ++this.#lastId
    this.#threads.set(id, thread)
    thread.relay({
      onMessage: (text, taken) => {
        if (this.#isOpen) this.#outer.send(relayed(id, text), taken)
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

  /** Sends also the texts of threads that have arrived and are not relayed yet: the threads end with the process. */
  sendAtExit(texts: readonly string[]): void {
    for (const thread of this.#threads.values()) thread.drain()
    this.#outer.sendAtExit(texts)
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

  /** Stops to relay a thread whose channel the aggregator has closed. */
  #refuse(id: number): void {
    this.#threads.get(id)?.close()
    this.#threads.delete(id)
  }
}
