import type { Channel } from '../channel.ts'
import type { Copies, CopyMessage } from './copies.ts'
import { copyText } from './copy-text.ts'

/** Number of processes that hold copies: metrics are lost only if all of them end together with the aggregator. */
const DEPUTIES = 2
/** Bytes that wait for a deputy; one that reads too slowly is replaced. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024

interface Candidate {
  /** Bytes that the channel has not sent. */
  waitingBytes: number
  /** Number of its appointment; `undefined` if it holds no copies. */
  appointment: number | undefined
}

/** Sends copies of all sources of an aggregator to the members that have been connected for the longest time. */
export class Deputies {
  readonly #copies: Copies
  readonly #candidates = new Map<Channel, Candidate>()
  #size = 0
  #appointments = 0

  constructor(copies: Copies) {
    this.#copies = copies
  }

  /** Whether a member holds copies. */
  has(channel: Channel): boolean {
    return this.#candidates.get(channel)?.appointment !== undefined
  }

  /** Adds a member that can become a deputy. */
  add(channel: Channel): void {
    this.#candidates.set(channel, { waitingBytes: 0, appointment: undefined })
    this.#appoint()
  }

  /** Removes a member whose connection has ended. */
  remove(channel: Channel): void {
    const candidate = this.#candidates.get(channel)
    this.#candidates.delete(channel)
    if (candidate?.appointment === undefined) return
    candidate.appointment = undefined
    this.#size -= 1
    this.#appoint()
  }

  /** Applies a change to the copies of this process, and sends it. */
  update(message: CopyMessage): void {
    this.#copies.apply(message)
    if (this.#size === 0) return
    const text = copyText(message)
    for (const [channel, candidate] of this.#candidates)
      if (candidate.appointment !== undefined) this.#send(channel, candidate, text)
  }

  /** Sends synchronously what was not sent, because the process exits. */
  flushAtExit(): void {
    for (const [channel, { appointment }] of this.#candidates)
      if (appointment !== undefined) channel.sendAtExit([])
  }

  #appoint(): void {
    for (const [channel, candidate] of this.#candidates) {
      if (this.#size >= DEPUTIES) return
      if (candidate.appointment !== undefined || candidate.waitingBytes > 0) continue
      this.#appointments += 1
      this.#size += 1
      candidate.appointment = this.#appointments
      void this.#sendAll(channel, candidate)
    }
  }

  /** Sends the whole copies, one message at a time, so that the event loop is not blocked. */
  async #sendAll(channel: Channel, candidate: Candidate): Promise<void> {
    const { appointment } = candidate
    for (const message of this.#copies.messages()) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#send(channel, candidate, copyText(message), resolve)
      await promise
      if (candidate.appointment !== appointment) return
    }
  }

  #send(channel: Channel, candidate: Candidate, text: string, onSent?: () => void): void {
    candidate.waitingBytes += text.length
    channel.send(text, () => {
      candidate.waitingBytes -= text.length
      onSent?.()
      if (candidate.waitingBytes === 0) this.#appoint()
    })
    if (candidate.waitingBytes > MAX_WAITING_BYTES && candidate.appointment !== undefined)
      this.#dismiss(channel, candidate)
  }

  /** Replaces a deputy that reads too slowly. Its copies are void; it can be appointed again when it has read everything. */
  #dismiss(channel: Channel, candidate: Candidate): void {
    candidate.appointment = undefined
    this.#size -= 1
    this.#send(channel, candidate, copyText(['begin', '']))
    this.#candidates.delete(channel)
    this.#candidates.set(channel, candidate)
    this.#appoint()
  }
}
