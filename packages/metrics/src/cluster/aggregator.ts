import { type Clock, processClock } from '../clock.ts'
import { settleWithin } from '../with-timeout.ts'
import type { AggregatorOptions } from './aggregator-options.ts'
import type { AggregatorStats } from './aggregator-stats.ts'
import type { Channel } from './channel.ts'
import type { Hello, MemberReadiness, Refused } from './control-messages.ts'
import { ErrorBarrier } from './error-barrier.ts'
import { FlushRounds } from './flush-rounds.ts'
import { MemberResets } from './member-resets.ts'
import { MemberSession, type SessionHandlers } from './member-session.ts'
import { PROTOCOL_VERSION, type Push } from './messages.ts'
import { warnOfMemberProtocol } from './protocol-warnings.ts'
import { RefusedMessages } from './refused-messages.ts'
import { StaleMembers } from './stale-members.ts'
import { StateEncoder } from './state-feed.ts'

/** Time between two broadcasts of the state, and two checks for stale members, in milliseconds. */
const TICK_MS = 1000

/** Time after the exit of a process in which its last messages are awaited, in milliseconds. */
const EXIT_GRACE_MS = 1000

/** Longest time that the callbacks of the aggregator's own observable instruments delay a scrape, in milliseconds. */
const OBSERVE_MS = 40

/** A connection of an aggregator to a member. */
export interface Connection {
  /**
   * The process of the member has exited. Its gauges end at once. Its counters become final when the channel has ended, or after
   * one second, so that messages that are on their way count.
   */
  exited(): void
}

/** Merges the metrics of its own process and of its members. */
export class Aggregator {
  readonly #options: AggregatorOptions
  readonly #barrier = new ErrorBarrier()
  readonly #clock: Clock
  readonly #stateEncoder: StateEncoder
  readonly #rounds: FlushRounds
  readonly #stale: StaleMembers
  readonly #refused = new RefusedMessages()
  readonly #sessions = new Set<MemberSession>()
  readonly #resets: MemberResets
  readonly #handlers: SessionHandlers
  #bytes = 0
  #complete = true
  #reportedProtocol = false
  #isClosed = false
  #cancelTick: (() => void) | undefined

  constructor(options: AggregatorOptions) {
    const { clock = processClock, store } = options
    this.#options = options
    this.#clock = this.#barrier.clock(clock)
    this.#stateEncoder = new StateEncoder(store)
    this.#rounds = new FlushRounds(this.#clock, () => this.#living())
    this.#resets = new MemberResets(this.#clock)
    this.#stale = new StaleMembers(TICK_MS, clock.now())
    this.#handlers = {
      onHello: (session, hello) => this.#onHello(session, hello),
      onPush: (session, push) => this.#onPush(session, push),
      onServing: (url) => options.onServing?.(url),
      onFlushed: (session, id) => this.#rounds.onFlushed(session, id),
      onSync: (session, id) => this.#barrier.observe(this.#onSync(session, id)),
      // Its gauges vanish, unless it pushes again.
      onGoodbye: ({ key }) => store.markStale(key as string),
      onRequest: async (timeoutMs) => (await options.onRequest?.(timeoutMs)) ?? '',
    }
    this.#openOwn()
    this.#scheduleTick()
  }

  /** Accepts a member that connects. */
  accept(accepted: Channel): Connection {
    const channel = this.#barrier.channel(accepted)
    const session = new MemberSession(channel, this.#stateEncoder, this.#handlers, this.#clock)
    this.#sessions.add(session)
    channel.open({
      onMessage: (text) => this.#receive(session, text),
      onClose: () => this.#end(session),
    })
    return { exited: () => this.#barrier.run(() => this.#onExit(session)) }
  }

  /**
   * Brings the store up to date before a scrape of this process, in at most 40 ms. Never rejects.
   * @returns whether it has the newest values of all living processes
   */
  async flush(): Promise<boolean> {
    const observed = settleWithin(this.#options.tracker.observe(), OBSERVE_MS, { clock: this.#clock })
    const [complete] = await Promise.all([this.#rounds.request(), observed])
    this.#complete = complete
    this.#barrier.run(() => this.applyOwnChanges())
    return complete
  }

  /**
   * Sends the state to all members that answer scrapes. A scrape exposes only values that were sent before: if the next scrape reaches
   * one of them while this process has ended, or is too busy to answer its request in time, no counter falls. Never rejects.
   */
  async share(): Promise<void> {
    await this.#barrier.settle(this.#update())
  }

  /**
   * Requests the metrics that the members read at each scrape.
   * @returns the texts of those that answer in time. Never rejects
   */
  async requestAll(timeoutMs: number): Promise<string[]> {
    const sessions = [...this.#living()].filter(({ isStale }) => !isStale)
    const texts = await Promise.all(sessions.map(({ requests }) => requests.request(timeoutMs)))
    return texts.filter((text) => text !== undefined)
  }

  /** Applies the changed series of this process to the store. */
  applyOwnChanges(): void {
    const { encoder, store, key } = this.#options
    for (const push of encoder.takePushes({ exemplars: true })) store.apply(key, push)
  }

  /** State of the aggregator now. */
  get stats(): AggregatorStats {
    const living = [...this.#living()]
    const stale = living.filter(({ isStale }) => isStale).length
    const oldest = Math.min(...living.map(({ pushedAt }) => pushedAt))
    return {
      live: living.length - stale,
      stale,
      oldestPushAgeMs: living.length === 0 ? undefined : this.#clock.now() - oldest,
      receivedBytes: this.#bytes,
      dropped: this.#refused.counts,
      complete: this.#complete,
    }
  }

  /** The readiness of the members that have a server and are not stale, by the number of their slot. */
  get readiness(): readonly MemberReadiness[] {
    const members = [...this.#living()].filter(
      ({ hasServer, serves, isStale }) => (hasServer || serves) && !isStale,
    )
    return members.map(({ slot, readiness }) => ({ slot, readiness }))
  }

  /** Refuses all members: this process no longer aggregates. */
  close(): void {
    this.#isClosed = true
    this.#cancelTick?.()
    for (const session of this.#sessions) {
      this.#refuse(session, 'closed')
      this.#end(session)
    }
  }

  async #update(): Promise<void> {
    this.applyOwnChanges()
    if (this.#readers().length === 0) return
    await this.#options.store.merge()
    this.#stateEncoder.renew()
    await Promise.all(this.#readers().map(({ feed }) => feed.share()))
  }

  /** Adds the source of this process, which defines its metrics and applies all values again. */
  #openOwn(): void {
    const { store, key, worker = 'primary', encoder } = this.#options
    store.open(key, worker)
    encoder.reset()
  }

  /** Lets processes define their metrics again after a conflicting definition has ended. */
  #redefine(): void {
    const keys = new Set(this.#options.store.forgetConflicts())
    if (keys.has(this.#options.key)) this.#openOwn()
    for (const session of this.#sessions)
      if (session.key !== undefined && keys.has(session.key)) this.#resets.reset(session)
  }

  #readers(): MemberSession[] {
    return [...this.#living()].filter(({ serves, isStale }) => serves && !isStale)
  }

  *#living(): Iterable<MemberSession> {
    for (const session of this.#sessions) if (session.isLiving) yield session
  }

  #receive(session: MemberSession, text: unknown): void {
    if (!this.#sessions.has(session)) return
    if (typeof text === 'string') this.#bytes += text.length
    const reason = this.#refused.guard(() => session.receive(text))
    if (reason === 'unknown_id' || reason === 'limit') this.#resets.reset(session)
  }

  #onHello(session: MemberSession, hello: Hello): void {
    const refusal = this.#open(session, hello)
    if (refusal) {
      this.#refuse(session, refusal)
      // A process that was counted as ended by mistake continues with another key.
      if (refusal !== 'ended' || session.key !== undefined) this.#end(session)
      return
    }
    const { key, version, resource } = this.#options
    session.serves ||= hello.serves
    session.send({
      type: 'welcome',
      protocol: PROTOCOL_VERSION,
      version,
      key,
      resource: resource(),
      slot: session.slot,
    })
    if (session.serves) session.updateState()
  }

  /** Adds the member to the store, or returns why it cannot. */
  #open(session: MemberSession, hello: Hello): Refused['reason'] | undefined {
    if (hello.protocol !== PROTOCOL_VERSION) {
      this.#reportProtocol(hello)
      return 'protocol'
    }
    const { store, key } = this.#options
    const isOther = session.key !== undefined && session.key !== hello.key
    if (hello.key === key || (isOther && session.isLiving)) return 'ended'
    // A new start in a process that has said goodbye uses the same channel.
    if (isOther) store.fold(session.key as string)
    session.key = undefined
    for (const other of this.#sessions) if (other !== session && other.key === hello.key) this.#remove(other)
    if (session.slot < 0) session.slot = this.#freeSlot()
    if (!store.open(hello.key, String(session.slot))) return 'ended'
    session.key = hello.key
    return undefined
  }

  #onPush(session: MemberSession, push: Push): void {
    session.pushedAt = this.#clock.now()
    session.isStale = false
    this.#options.store.apply(session.key as string, push)
  }

  async #onSync(session: MemberSession, id: number): Promise<void> {
    session.serves = true
    const complete = await this.flush()
    await this.#update()
    if (session.isStale) session.feed.update()
    await session.feed.whenSent()
    if (this.#sessions.has(session)) session.send({ type: 'synced', id, complete })
  }

  #onExit(session: MemberSession): void {
    if (!this.#sessions.has(session) || session.hasExited) return
    session.hasExited = true
    this.#rounds.remove(session)
    if (session.key !== undefined) this.#options.store.end(session.key)
    this.#clock.after(EXIT_GRACE_MS, () => this.#end(session), false)
  }

  #end(session: MemberSession): void {
    if (!this.#remove(session) || session.key === undefined) return
    this.#options.store.fold(session.key)
  }

  #remove(session: MemberSession): boolean {
    if (!this.#sessions.delete(session)) return false
    this.#rounds.remove(session)
    session.close()
    return true
  }

  #refuse(session: MemberSession, reason: Refused['reason']): void {
    session.send({ type: 'refused', reason, protocol: PROTOCOL_VERSION, version: this.#options.version })
  }

  #freeSlot(): number {
    const used = new Set([...this.#sessions].map(({ slot }) => slot))
    let slot = 0
    while (used.has(slot)) slot += 1
    return slot
  }

  #scheduleTick(): void {
    this.#cancelTick = this.#clock.after(TICK_MS, () => this.#tick(), false)
  }

  #tick(): void {
    if (this.#isClosed) return
    this.#scheduleTick()
    this.#refused.guard(() => {
      for (const { key } of this.#stale.check(this.#living(), this.#clock.now()))
        this.#options.store.markStale(key as string)
      this.#redefine()
    })
    if (this.#readers().length > 0) this.#barrier.observe(this.#update())
  }

  #reportProtocol(hello: Hello): void {
    if (!this.#reportedProtocol) warnOfMemberProtocol(hello, this.#options.version)
    this.#reportedProtocol = true
  }
}
