/** Messages in transit, in bytes, above which no further push is sent. A UNIX socket of Linux holds 208 KiB, its overhead included. */
const WINDOW_BYTES = 128 * 1024

/** Bytes after which the receiver is asked to confirm. */
const CONFIRM_BYTES = 32 * 1024

/** What the kernel adds to the size of each message, in bytes. */
const MESSAGE_OVERHEAD = 1024

/**
 * Limits the bytes that a receiver has not read: a socket that is never full takes the last messages of a process at its exit, and
 * still delivers them after `SIGKILL`. The receiver confirms with `pong` after each {@link CONFIRM_BYTES}.
 */
export class SendWindow {
  #sent = 0
  #confirmed = 0
  #requested = 0
  #waiting: { readonly id: number; readonly resolve: () => void }[] = []

  /** Whether another push may be sent. */
  get isOpen(): boolean {
    return this.#sent - this.#confirmed < WINDOW_BYTES
  }

  /** Adds a message of `bytes`. */
  add(bytes: number): void {
    this.#sent += bytes + MESSAGE_OVERHEAD
  }

  /** Returns the id of a `ping` to send now, if a confirmation is due. */
  duePing(): number | undefined {
    return this.#sent - this.#requested < CONFIRM_BYTES ? undefined : this.ping()
  }

  /** Returns the id of a `ping` that confirms all messages so far. */
  ping(): number {
    this.#requested = this.#sent
    return this.#sent
  }

  /** Resolves when the receiver has confirmed the ping, or the channel has closed. */
  async confirmation(id: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push({ id, resolve })
    await promise
  }

  /** Applies a `pong`. */
  onPong(id: number): void {
    if (id > this.#requested) return
    this.#confirmed = Math.max(this.#confirmed, id)
    this.#settle(id)
  }

  /** Ends all waiting: the channel has closed. */
  close(): void {
    this.#settle(Number.POSITIVE_INFINITY)
  }

  #settle(id: number): void {
    const settled = this.#waiting.filter((waiting) => waiting.id <= id)
    if (settled.length === 0) return
    this.#waiting = this.#waiting.filter((waiting) => waiting.id > id)
    for (const { resolve } of settled) resolve()
  }
}
