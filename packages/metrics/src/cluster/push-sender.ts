import type { Channel } from './channel.ts'
import { encode } from './codec.ts'
import type { Hello, MemberMessage } from './control-messages.ts'
import type { PushEncoder } from './push-encoder.ts'
import { SendWindow } from './send-window.ts'

/**
 * Sends the pushes of one connection, one message at a time: the next one follows when the channel has taken it and the receiver
 * keeps up. Until then, changes only stay marked in their streams, so that memory is bounded.
 */
export class PushSender {
  readonly #channel: Channel
  readonly #encoder: PushEncoder
  readonly #window = new SendWindow()
  /** Texts of the push that is being sent. */
  #pending: string[] = []
  #inFlight = false
  #isClosed = false
  #requested = false
  #withExemplars = false
  /** Called when the push that is being sent has been sent. */
  #onSent: (() => void)[] = []
  /** Called when the requested push has been sent. */
  #onRequestSent: (() => void)[] = []

  constructor(channel: Channel, encoder: PushEncoder) {
    this.#channel = channel
    this.#encoder = encoder
  }

  /** Sends `hello`, then pushes all series with new ids. */
  restart(hello: Hello): void {
    this.#encoder.reset()
    this.#pending = []
    this.#onRequestSent.push(...this.#onSent.splice(0))
    this.send(hello)
    this.push(true)
  }

  /** Sends a message that does not wait for pushes. */
  send(message: MemberMessage): void {
    if (this.#isClosed) return
    const text = encode(message)
    this.#window.add(text.length)
    this.#channel.send(text)
  }

  /**
   * Pushes all changes as soon as the channel takes them.
   * @param exemplars whether the push contains new exemplars
   * @param onSent called once, when the channel has taken the push or has closed
   */
  push(exemplars: boolean, onSent?: () => void): void {
    this.#requested = true
    this.#withExemplars ||= exemplars
    if (onSent) this.#onRequestSent.push(onSent)
    this.#continue()
  }

  /** Resolves when the receiver has read all that was sent, or the channel has closed. */
  async confirmed(): Promise<void> {
    if (this.#isClosed) return
    const id = this.#window.ping()
    this.send({ type: 'ping', id })
    await this.#window.confirmation(id)
  }

  /** Applies a `pong`. */
  onPong(id: number): void {
    this.#window.onPong(id)
    this.#continue()
  }

  /** Sends the rest of the push that is being sent, all changes, and `last`, synchronously as far as possible. */
  pushAtExit(last: MemberMessage): void {
    if (this.#isClosed) return
    const pushes = this.#encoder.takePushes({ exemplars: true })
    const texts = [...this.#pending, ...pushes.map(encode), encode(last)]
    this.#pending = []
    this.#channel.sendAtExit(texts)
  }

  /** Sends nothing more. */
  close(): void {
    this.#isClosed = true
    this.#pending = []
    this.#window.close()
    for (const callback of [...this.#onSent.splice(0), ...this.#onRequestSent.splice(0)]) callback()
  }

  #continue(): void {
    while (!this.#inFlight && !this.#isClosed && this.#window.isOpen) {
      const text = this.#pending.shift()
      if (text !== undefined) this.#sendPush(text)
      else if (!this.#finishPush()) return
    }
  }

  /** Ends the push that was sent, and takes the next one if it was requested. */
  #finishPush(): boolean {
    const sent = this.#onSent
    this.#onSent = []
    for (const callback of sent) callback()
    if (!this.#requested) return this.#pending.length > 0
    this.#onSent = this.#onRequestSent
    this.#onRequestSent = []
    this.#requested = false
    this.#pending = this.#encoder.takePushes({ exemplars: this.#withExemplars }).map(encode)
    this.#withExemplars = false
    return true
  }

  /** The channel has taken the message that was in flight. */
  readonly #onTaken = (): void => {
    this.#inFlight = false
    this.#continue()
  }

  #sendPush(text: string): void {
    this.#inFlight = true
    this.#window.add(text.length)
    this.#channel.send(text, this.#onTaken)
    const id = this.#window.duePing()
    if (id !== undefined) this.send({ type: 'ping', id })
  }
}
