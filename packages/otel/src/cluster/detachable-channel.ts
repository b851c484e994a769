import type { Channel, ChannelHandlers } from '@vr/otel-metrics/cluster'

/** A channel of one receiver, which ends without closing the connection: another receiver then uses it. */
export class DetachableChannel implements Channel {
  readonly #channel: Channel
  readonly #onEnd: () => void
  #isAttached = true

  /** @param onEnd called when the other side has ended */
  constructor(channel: Channel, onEnd: () => void) {
    this.#channel = channel
    this.#onEnd = onEnd
  }

  /** Ends the use by this receiver. */
  detach(): void {
    this.#isAttached = false
  }

  send(text: string, onSent?: () => void): void {
    if (this.#isAttached) this.#channel.send(text, onSent)
    else if (onSent !== undefined) process.nextTick(onSent)
  }

  sendAtExit(texts: readonly string[]): void {
    if (this.#isAttached) this.#channel.sendAtExit(texts)
  }

  open(handlers: ChannelHandlers): void {
    this.#channel.open({
      onMessage: (text) => {
        if (this.#isAttached) handlers.onMessage(text)
      },
      onClose: () => {
        this.#onEnd()
        if (this.#isAttached) handlers.onClose()
      },
    })
  }

  close(): void {
    if (this.#isAttached) this.#channel.close()
  }
}
