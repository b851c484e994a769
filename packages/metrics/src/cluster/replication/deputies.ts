import type { Clock } from '../../clock.ts'
import type { Channel } from '../channel.ts'
import type { Copies, CopyMessage } from './copies.ts'
import { copyText } from './copy-text.ts'

/** Number of processes that hold copies: metrics are lost only if all of them end together with the aggregator. */
const DEPUTIES = 2
/** Bytes that wait for a deputy; one that reads too slowly is replaced. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024
/** Time without a message after which a deputy is replaced, in milliseconds: members push every second. */
const SILENT_AFTER_MS = 3000
/** Time between two checks for silent members, in milliseconds. */
const CHECK_MS = 1000

interface Candidate {
  readonly channel: Channel
  /** Bytes that the channel has not sent. */
  waitingBytes: number
  /** When its last message arrived. */
  messageAt: number
  isSilent: boolean
  /** Number of its appointment; `undefined` if it holds no copies. */
  appointment: number | undefined
  /** Whether the whole copies have been sent to it since its appointment. */
  isComplete: boolean
}

/** Sends copies of all sources of an aggregator to the members that have been connected for the longest time. */
export class Deputies {
  readonly #copies: Copies
  readonly #clock: Clock
  readonly #candidates = new Map<Channel, Candidate>()
  readonly #deputies = new Set<Candidate>()
  #appointments = 0
  #waiting: (() => void)[] = []
  #checkedAt = 0
  #cancel: (() => void) | undefined

  constructor(copies: Copies, clock: Clock) {
    this.#copies = copies
    this.#clock = clock
  }

  /** Whether no member holds copies. */
  get isEmpty(): boolean {
    return this.#deputies.size === 0
  }

  /** Whether a member holds copies. */
  has(channel: Channel): boolean {
    return this.#candidates.get(channel)?.appointment !== undefined
  }

  /** Adds a member that can become a deputy. */
  add(channel: Channel): void {
    this.#candidates.set(channel, {
      channel,
      waitingBytes: 0,
      messageAt: this.#clock.now(),
      isSilent: false,
      appointment: undefined,
      isComplete: false,
    })
    if (this.#cancel === undefined) this.#scheduleCheck()
    this.#appoint()
  }

  /** Notes that a message of a member has arrived. */
  noteMessage(channel: Channel): void {
    const candidate = this.#candidates.get(channel)
    if (candidate === undefined) return
    candidate.messageAt = this.#clock.now()
    if (!candidate.isSilent) return
    candidate.isSilent = false
    this.#appoint()
  }

  /** Removes a member whose connection has ended. */
  remove(channel: Channel): void {
    const candidate = this.#candidates.get(channel)
    if (candidate === undefined) return
    this.#candidates.delete(channel)
    this.#deputies.delete(candidate)
    candidate.appointment = undefined
    this.#appoint()
    this.#notify()
  }

  /** Applies a change to the copies of this process, and sends it. */
  update(message: CopyMessage): void {
    this.#copies.apply(message)
    if (this.isEmpty) return
    const text = copyText(message)
    for (const candidate of this.#deputies) this.#send(candidate, text)
  }

  /** Calls `task` once, when a deputy has received all copies; at once if there is no member. */
  whenCopied(task: () => void): void {
    this.#waiting.push(task)
    this.#notify()
  }

  /** Sends synchronously what was not sent, because the process exits. */
  flushAtExit(): void {
    for (const { channel } of this.#deputies) channel.sendAtExit([])
  }

  /** Stops the timer. Tasks of {@link whenCopied} are not called after this. */
  close(): void {
    this.#cancel?.()
    this.#waiting = []
  }

  #appoint(): void {
    for (const candidate of this.#candidates.values()) {
      if (this.#count(({ isSilent }) => !isSilent) >= DEPUTIES) return
      const { appointment, waitingBytes, isSilent } = candidate
      if (appointment !== undefined || waitingBytes > 0 || isSilent) continue
      this.#appointments += 1
      candidate.appointment = this.#appointments
      candidate.isComplete = false
      this.#deputies.add(candidate)
      void this.#sendAll(candidate)
    }
  }

  #count(matches: (deputy: Candidate) => boolean): number {
    return [...this.#deputies].filter(matches).length
  }

  /** Sends the whole copies, one message at a time, so that the event loop is not blocked. */
  async #sendAll(candidate: Candidate): Promise<void> {
    const { appointment } = candidate
    for (const message of this.#copies.messages()) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#send(candidate, copyText(message), resolve)
      await promise
      if (candidate.appointment !== appointment) return
    }
    candidate.isComplete = true
    this.#dismissSilent()
    this.#notify()
  }

  #send(candidate: Candidate, text: string, onSent?: () => void): void {
    candidate.waitingBytes += text.length
    candidate.channel.send(text, () => {
      candidate.waitingBytes -= text.length
      onSent?.()
      if (candidate.waitingBytes > 0) return
      this.#appoint()
      this.#notify()
    })
    if (candidate.waitingBytes > MAX_WAITING_BYTES && candidate.appointment !== undefined)
      this.#dismiss(candidate)
  }

  /** Replaces a deputy. Its copies are void; it can be appointed again when it has read everything. */
  #dismiss(candidate: Candidate): void {
    candidate.appointment = undefined
    this.#deputies.delete(candidate)
    this.#send(candidate, copyText(['begin', '']))
    this.#candidates.delete(candidate.channel)
    this.#candidates.set(candidate.channel, candidate)
    this.#appoint()
  }

  /** Dismisses the silent deputies when enough others have the whole copies. */
  #dismissSilent(): void {
    if (this.#count(({ isSilent, isComplete }) => !isSilent && isComplete) < DEPUTIES) return
    for (const deputy of [...this.#deputies]) if (deputy.isSilent) this.#dismiss(deputy)
  }

  #notify(): void {
    const isCopied = [...this.#deputies].some(
      ({ isComplete, waitingBytes }) => isComplete && waitingBytes === 0,
    )
    if (isCopied || this.#candidates.size === 0) for (const task of this.#waiting.splice(0)) task()
  }

  #scheduleCheck(): void {
    this.#checkedAt = this.#clock.now()
    this.#cancel = this.#clock.after(CHECK_MS, () => this.#check(), false)
  }

  /** Finds silent members. Time in which this process was stopped or blocked does not count. */
  #check(): void {
    const now = this.#clock.now()
    const delay = Math.max(0, now - this.#checkedAt - CHECK_MS)
    for (const candidate of this.#candidates.values()) {
      candidate.messageAt = Math.min(now, candidate.messageAt + delay)
      candidate.isSilent ||= now - candidate.messageAt >= SILENT_AFTER_MS
    }
    this.#appoint()
    this.#dismissSilent()
    this.#scheduleCheck()
  }
}
