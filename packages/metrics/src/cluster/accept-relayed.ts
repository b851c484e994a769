import type { Channel, ChannelHandlers } from './channel.ts'
import { endOfRelayed, readRelayed, relayed } from './relay-text.ts'

/** Largest number of channels that one connection relays at once; further ones are ignored. */
const MAX_RELAYED = 1000

/** Largest depth of relays: a thread, a thread that it has started, and so on. Deeper ones are ignored. */
const MAX_DEPTH = 8

/**
 * Accepts a connection and the channels of threads that it relays (see `RelayChannel`). Calls `accept` with the connection itself
 * now, and with each relayed channel at its first text. When the connection ends, the relayed channels end too.
 */
export function acceptRelayed(outer: Channel, accept: (channel: Channel) => void, depth = 0): void {
  accept(new OuterChannel(outer, (channel) => acceptRelayed(channel, accept, depth + 1), depth < MAX_DEPTH))
}

/** A connection without the texts of the channels that it relays. */
class OuterChannel implements Channel {
  readonly #outer: Channel
  readonly #accept: (channel: Channel) => void
  readonly #relays: boolean
  readonly #relayed = new Map<number, RelayedChannel>()

  constructor(outer: Channel, accept: (channel: Channel) => void, relays: boolean) {
    this.#outer = outer
    this.#accept = accept
    this.#relays = relays
  }

  send(text: string, onSent?: () => void): void {
    this.#outer.send(text, onSent)
  }

  sendAtExit(texts: readonly string[]): void {
    this.#outer.sendAtExit(texts)
  }

  open(handlers: ChannelHandlers): void {
    this.#outer.open({
      onMessage: (message) => {
        const relayed = readRelayed(message)
        if (relayed === undefined) handlers.onMessage(message)
        else if (relayed.text === undefined) this.#end(relayed.id)
        else this.#channelOf(relayed.id)?.deliver(relayed.text)
      },
      onClose: () => {
        for (const id of [...this.#relayed.keys()]) this.#end(id)
        handlers.onClose()
      },
    })
  }

  close(): void {
    this.#outer.close()
  }

  #channelOf(id: number): RelayedChannel | undefined {
    const known = this.#relayed.get(id)
    if (known !== undefined || !this.#relays || this.#relayed.size >= MAX_RELAYED) return known
    const channel = new RelayedChannel(this.#outer, id)
    this.#relayed.set(id, channel)
    this.#accept(channel)
    return channel
  }

  #end(id: number): void {
    const channel = this.#relayed.get(id)
    this.#relayed.delete(id)
    channel?.end()
  }
}

/** One relayed channel. */
class RelayedChannel implements Channel {
  readonly #outer: Channel
  readonly #id: number
  #handlers: ChannelHandlers | undefined

  constructor(outer: Channel, id: number) {
    this.#outer = outer
    this.#id = id
  }

  send(text: string, onSent?: () => void): void {
    this.#outer.send(relayed(this.#id, text), onSent)
  }

  sendAtExit(texts: readonly string[]): void {
    this.#outer.sendAtExit(texts.map((text) => relayed(this.#id, text)))
  }

  open(handlers: ChannelHandlers): void {
    this.#handlers = handlers
  }

  close(): void {
    if (this.#handlers !== undefined) this.#outer.send(endOfRelayed(this.#id))
    this.#handlers = undefined
  }

  deliver(text: string): void {
    this.#handlers?.onMessage(text)
  }

  end(): void {
    this.#handlers?.onClose()
    this.#handlers = undefined
  }
}
