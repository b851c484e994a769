import type { Channel, ChannelHandlers } from '../cluster/channel.ts'

/** One side of a connection in memory. A message arrives in a later microtask, in order. */
export class MemoryChannel implements Channel {
  /** Whether texts are only counted as sent when {@link takeAll} is called. */
  isBlocked = false
  /** All texts that were sent. */
  readonly sent: string[] = []
  readonly #waiting: (() => void)[] = []
  #other: MemoryChannel | undefined
  #handlers: ChannelHandlers | undefined

  /** Returns both sides of a connection. */
  static pair(): readonly [MemoryChannel, MemoryChannel] {
    const pair = [new MemoryChannel(), new MemoryChannel()] as const
    pair[0].#other = pair[1]
    pair[1].#other = pair[0]
    return pair
  }

  send(text: string, onSent?: () => void): void {
    this.sent.push(text)
    const deliver = (): void => {
      this.#other?.receive(text)
      onSent?.()
    }
    if (this.isBlocked) this.#waiting.push(deliver)
    else queueMicrotask(deliver)
  }

  sendAtExit(texts: readonly string[]): void {
    for (const text of texts) this.send(text)
  }

  open(handlers: ChannelHandlers): void {
    this.#handlers = handlers
  }

  close(): void {
    this.#handlers = undefined
  }

  /** Delivers what was sent while the channel was blocked. */
  takeAll(): void {
    this.isBlocked = false
    for (const deliver of this.#waiting.splice(0)) deliver()
  }

  /** Delivers a text of any type to this side. */
  receive(text: unknown): void {
    this.#handlers?.onMessage(text)
  }

  /** The other side has ended. */
  end(): void {
    this.#handlers?.onClose()
  }

  /** The types of all sent messages. */
  get sentTypes(): string[] {
    return this.sent.map((text) => JSON.parse(text).type)
  }
}
