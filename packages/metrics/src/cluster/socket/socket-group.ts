import { type Clock, processClock } from '../../clock.ts'
import { monotonicNow } from '../../real-timers.ts'
import type { Channel } from '../channel.ts'
import { ErrorBarrier } from '../error-barrier.ts'
import { Copies } from '../replication/copies.ts'
import { CopyChannel } from '../replication/copy-channel.ts'
import { copyText } from '../replication/copy-text.ts'
import type { ReplicatedStore } from '../replication/replicated-store.ts'
import { Election } from './election.ts'
import type { SocketChannel } from './socket-channel.ts'
import type { RejectedConnections } from './socket-server.ts'

/** How long the copies of a former aggregator are kept if those of the new one do not replace them, in milliseconds. */
const HELD_MS = 5000
/** How long the exit of a member waits for the next aggregator, and how often it looks for it, in milliseconds. */
const SUCCESSION_MS = 400
const SUCCESSION_PAUSE_MS = 3

/** The part of an aggregator that a {@link SocketGroup} uses. */
export interface GroupAggregator {
  readonly store: ReplicatedStore
  /** Accepts a member. */
  accept(channel: Channel): void
}

/** Options of {@link SocketGroup}. */
export interface SocketGroupOptions {
  /** Directory of the sockets: processes with the same directory are a group. */
  readonly directory: string
  /** Default: the clock of the process. */
  readonly clock?: Clock
  /** Connects this process to the aggregator, at first and after each loss of the connection; ends a former role as aggregator. */
  readonly becomeMember: (channel: Channel) => void
  /** Makes this process the aggregator; ends a former role as member. */
  readonly becomeAggregator: () => GroupAggregator
  /** Called when the directory cannot be used, with the reason. Attempts continue. */
  readonly onProblem: (reason: string) => void
}

/**
 * The processes that share their metrics over UNIX sockets in a directory. One of them aggregates; when it ends, another one that
 * holds copies of all sources continues.
 */
export class SocketGroup {
  readonly #election: Election
  readonly #options: SocketGroupOptions
  readonly #barrier = new ErrorBarrier()
  readonly #clock: Clock
  /** Copies of an aggregator, from which this process could continue. */
  #copies = new Copies()
  #aggregator: GroupAggregator | undefined
  /** The last connection to an aggregator. */
  #connection: SocketChannel | undefined

  constructor(options: SocketGroupOptions) {
    this.#options = options
    this.#clock = this.#barrier.clock(options.clock ?? processClock)
    this.#election = new Election(
      options.directory,
      {
        onElected: () => this.#barrier.run(() => this.#onElected()),
        onDeposed: () => this.#barrier.run(() => this.#onDeposed()),
        onAggregator: (channel) => this.#barrier.run(() => this.#onAggregator(channel)),
        onConnection: (channel) => this.#barrier.run(() => this.#onConnection(channel)),
        onDisconnection: (channel) => this.#aggregator?.store.deputies.remove(channel),
        onProblem: options.onProblem,
        hasCopy: () => this.#copies.isReady,
      },
      this.#clock,
    )
  }

  /** Joins the group. If there is no other process, this one is the aggregator when the method returns. */
  start(): void {
    this.#election.start()
  }

  /** Leaves the group. */
  stop(): void {
    this.#election.stop()
    this.#aggregator?.store.close()
  }

  /**
   * Makes the metrics of this process safe, synchronously as far as possible, because the process exits. As aggregator, sends the copies
   * of all that members have sent. As a member whose connection was lost before its last push, waits for the next aggregator.
   * @param pushAtExit pushes the metrics of a member
   */
  flushAtExit(pushAtExit: () => void): void {
    const deputies = this.#aggregator?.store.deputies
    if (deputies !== undefined) {
      this.#election.endAtExit((channel) => deputies.has(channel))
      deputies.flushAtExit()
      return
    }
    if (this.#connection === undefined || this.#connection.hasSentAtExit) return
    const deadline = monotonicNow() + SUCCESSION_MS
    while (monotonicNow() < deadline) {
      const held = this.#copies
      if (this.#election.connectAtExit()) {
        // The copies of the former aggregator, if the next one has none.
        if (held.isReady) for (const message of held.messages()) this.#connection.send(copyText(message))
        pushAtExit()
        if (this.#connection.hasSentAtExit) return
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SUCCESSION_PAUSE_MS)
    }
  }

  /** Connections that this process ended as aggregator, by reason. */
  get rejected(): Readonly<RejectedConnections> {
    return this.#election.rejected
  }

  #onElected(): void {
    const aggregator = this.#options.becomeAggregator()
    this.#aggregator = aggregator
    if (this.#copies.isReady) aggregator.store.adopt(this.#copies)
    this.#copies = new Copies()
  }

  #onDeposed(): void {
    const store = this.#aggregator?.store
    this.#aggregator = undefined
    store?.close()
    if (store === undefined) return
    this.#copies = store.copies
    this.#copies.isReady = true
  }

  #onAggregator(channel: SocketChannel): void {
    this.#connection = channel
    const held = this.#copies
    const copies = new Copies()
    const filtered = new CopyChannel(channel, copies, {
      ready: () => {
        this.#copies = copies
      },
      adopted: () => this.#release(held),
    })
    if (held.isReady) {
      this.#barrier.observe(sendAll(held, channel))
      this.#clock.after(HELD_MS, () => this.#release(held), false)
    }
    this.#options.becomeMember(filtered)
  }

  /** Forgets copies of a former aggregator. */
  #release(copies: Copies): void {
    if (this.#copies === copies) this.#copies = new Copies()
  }

  #onConnection(channel: SocketChannel): void {
    const { store, accept } = this.#aggregator as GroupAggregator
    const copies = new Copies()
    let isCandidate = false
    const filtered = new CopyChannel(channel, copies, {
      ready: () => {
        if (this.#aggregator?.store !== store) return
        store.adopt(copies)
        // The process keeps what it has sent until another process has it too: this one may be killed at once.
        store.deputies.whenCopied(() => channel.send(copyText(['adopted'])))
      },
      // After the answer to its first message, so that a deputy has the resource before it has copies.
      delivered: () => {
        if (isCandidate) store.deputies.noteMessage(channel)
        else if (this.#aggregator?.store === store) store.deputies.add(channel)
        isCandidate = true
      },
    })
    accept(filtered)
  }
}

/** Sends copies, one message at a time. */
async function sendAll(copies: Copies, channel: Channel): Promise<void> {
  for (const message of copies.messages()) {
    const { promise, resolve } = Promise.withResolvers<void>()
    channel.send(copyText(message), resolve)
    await promise
  }
}
