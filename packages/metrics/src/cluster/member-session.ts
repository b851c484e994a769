import type { Clock } from '../clock.ts'
import type { Channel } from './channel.ts'
import { encode } from './codec.ts'
import type { AggregatorMessage, Hello, MemberMessage, SharedReadiness } from './control-messages.ts'
import type { FlushTarget } from './flush-rounds.ts'
import type { Push } from './messages.ts'
import { type StateEncoder, StateFeed } from './state-feed.ts'
import { TextRequests } from './text-requests.ts'
import { MemberMessageValidator } from './validate-member-message.ts'

/** What a session does with the messages of its member. */
export interface SessionHandlers {
  onHello(session: MemberSession, hello: Hello): void
  onPush(session: MemberSession, push: Push): void
  onServing(url: string | undefined): void
  onFlushed(session: MemberSession, id: number): void
  onSync(session: MemberSession, id: number): void
  onGoodbye(session: MemberSession): void
  /** Answers a request of the member for metrics that are read at each scrape. */
  onRequest(timeoutMs: number): Promise<string>
}

/** One connection of an aggregator to a member. */
export class MemberSession implements FlushTarget {
  /** Key of the member. `undefined` until the aggregator has accepted it. */
  key: string | undefined
  /** Number of the member's slot, from 0. */
  slot = -1
  /** When the last push arrived, by the clock of the aggregator. */
  pushedAt: number
  isStale = false
  /** Whether the process has exited: its messages may still be on their way. */
  hasExited = false
  /** Whether the member answers scrapes. */
  serves = false
  /** Whether the member has a server. With `VR_METRICS_PORT`, the aggregator answers scrapes instead of it. */
  hasServer = false
  /** What the member has reported last. */
  readiness: SharedReadiness | undefined
  /** The merged state that is sent to the member. */
  feed: StateFeed
  readonly #channel: Channel
  readonly #encoder: StateEncoder
  readonly #handlers: SessionHandlers
  readonly #validator = new MemberMessageValidator()
  /** Requests for metrics that are read at each scrape. */
  readonly requests: TextRequests
  #ignoresPushes = false
  #saidGoodbye = false

  constructor(channel: Channel, encoder: StateEncoder, handlers: SessionHandlers, clock: Clock) {
    this.#channel = channel
    this.#handlers = handlers
    this.#encoder = encoder
    this.feed = new StateFeed(channel, encoder)
    this.pushedAt = clock.now()
    this.requests = new TextRequests({
      clock,
      send: (message, onSent) => channel.send(encode(message), onSent),
      answer: (timeoutMs) => handlers.onRequest(timeoutMs),
    })
  }

  /** Whether the member is accepted and its process runs. */
  get isLiving(): boolean {
    return this.key !== undefined && !this.hasExited && !this.#saidGoodbye
  }

  /** Sends a message. */
  send(message: AggregatorMessage): void {
    this.#channel.send(encode(message))
  }

  requestFlush(id: number): boolean {
    if (this.isStale) return false
    this.send({ type: 'flush', id })
    return true
  }

  /** Sends all changes of the merged state until now. */
  updateState(): void {
    this.#encoder.renew()
    this.feed.update()
  }

  /**
   * Validates and handles a received message.
   * @throws InvalidMessage if it is refused
   */
  receive(text: unknown): void {
    this.#handle(this.#validator.validate(text))
  }

  /** Requests that the member starts again, because its definitions are not known; its pushes are ignored until then. */
  reset(): void {
    this.#ignoresPushes = true
    this.send({ type: 'reset' })
  }

  /** Ends the session. */
  close(): void {
    this.requests.close()
    this.feed.close()
    this.#channel.close()
  }

  #handle(message: MemberMessage): void {
    if (message.type === 'hello') {
      this.#validator.reset()
      this.feed.close() // the member may have a new replica
      this.feed = new StateFeed(this.#channel, this.#encoder)
      this.#ignoresPushes = false
      this.#handlers.onHello(this, message)
      return
    }
    if (message.type === 'ping') {
      this.send({ type: 'pong', id: message.id })
      return
    }
    if (this.key === undefined) return
    switch (message.type) {
      case 'push':
        if (this.#ignoresPushes) return
        this.#saidGoodbye = false
        this.#handlers.onPush(this, message)
        break
      case 'serving':
        this.hasServer = true
        if (message.url !== undefined) {
          this.serves = true
          this.updateState()
        }
        this.#handlers.onServing(message.url)
        break
      case 'readiness':
        this.readiness = message.readiness
        break
      case 'flushed':
        this.#handlers.onFlushed(this, message.id)
        break
      case 'sync':
        this.#handlers.onSync(this, message.id)
        break
      case 'request':
      case 'response':
        this.requests.receive(message)
        break
      case 'goodbye':
        this.#saidGoodbye = true
        this.#handlers.onGoodbye(this)
        break
    }
  }
}
