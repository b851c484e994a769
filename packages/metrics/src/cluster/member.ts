import { type Clock, processClock } from '../clock.ts'
import { logger } from '../logger.ts'
import { settleWithin } from '../with-timeout.ts'
import type { Channel } from './channel.ts'
import { encode, InvalidMessage } from './codec.ts'
import type { AggregatorMessage, Hello, Refused } from './control-messages.ts'
import { ErrorBarrier } from './error-barrier.ts'
import { createMemberKey } from './member-key.ts'
import type { MemberOptions } from './member-options.ts'
import { PROTOCOL_VERSION } from './messages.ts'
import { warnOfAggregatorProtocol } from './protocol-warnings.ts'
import { PushSender } from './push-sender.ts'
import { PushTimers } from './push-timers.ts'
import { ReplicaState } from './replica-state.ts'
import { StateSync } from './state-sync.ts'
import { TextRequests } from './text-requests.ts'
import { AggregatorMessageValidator } from './validate-aggregator-message.ts'

/** Longest time that the callbacks of observable instruments delay the answer to a flush, in milliseconds. */
const FLUSH_OBSERVE_MS = 20

/** Longest time that these callbacks delay the push of an interval, in milliseconds. */
const INTERVAL_OBSERVE_MS = 1000

/** Pushes the changed series of a process to its aggregator, and holds a replica of the merged state. */
export class Member {
  readonly #options: MemberOptions
  readonly #barrier = new ErrorBarrier()
  readonly #clock: Clock
  readonly #state: ReplicaState
  readonly #sync: StateSync
  readonly #timers: PushTimers
  #channel: Channel | undefined
  #sender: PushSender | undefined
  #requests: TextRequests | undefined
  #validator = new AggregatorMessageValidator()
  #isWelcome = false
  #serves = false
  #url: string | undefined
  #flushId = 0
  #isFlushing = false
  #invalid = 0
  #key: string
  /** Whether the key has changed, and no aggregator has accepted the new one. */
  #isRenamed = false
  /** The readiness that the aggregator has, as text. */
  #sharedReadiness: string | undefined

  constructor(options: MemberOptions) {
    this.#options = options
    this.#key = options.key
    this.#clock = this.#barrier.clock(options.clock ?? processClock)
    this.#timers = new PushTimers(this.#clock, options.pushIntervalMs ?? 1000, {
      onChangesDue: () => this.#push(this.#sender, false),
      onInterval: () => this.#barrier.observe(this.#pushInterval()),
    })
    this.#state = new ReplicaState(options.replica)
    this.#sync = new StateSync(this.#clock, (id) => {
      this.#sender?.send({ type: 'sync', id })
    })
  }

  /** Identifies the process. It changes if an aggregator has counted the process as ended by mistake. */
  get key(): string {
    return this.#key
  }

  /** Whether the aggregator of the current channel has accepted the member. */
  get connected(): boolean {
    return this.#isWelcome
  }

  /** Whether the replica holds a state. Without one, a scrape cannot be answered. */
  get hasState(): boolean {
    return this.#state.hasState
  }

  /** Number of messages of aggregators that were refused as invalid. */
  get invalidMessages(): number {
    return this.#invalid
  }

  /** Connects to an aggregator and pushes all series. Replaces the former connection. */
  connect(connected: Channel): void {
    this.#disconnect()?.close()
    const channel = this.#barrier.channel(connected)
    const { encoder, tracker } = this.#options
    const sender = new PushSender(channel, encoder)
    this.#channel = channel
    this.#sender = sender
    this.#requests = new TextRequests({
      clock: this.#clock,
      send: (message, onSent) => channel.send(encode(message), onSent),
      answer: this.#options.onRequest,
    })
    this.#validator = new AggregatorMessageValidator()
    this.#restart(sender)
    tracker.onChange = this.#timers.onChange
    this.#timers.start()
    channel.open({
      onMessage: (text) => {
        if (this.#sender === sender) this.#receive(text)
      },
      onClose: () => {
        if (this.#sender === sender) this.#disconnect()
      },
    })
  }

  /**
   * Reports a server of this process.
   * @param url address of the metrics if the server answers scrapes, which the aggregator logs: subscribes to the merged state.
   * Without it, the aggregator opens a port of its own
   */
  serve(url?: string): void {
    this.#serves ||= url !== undefined
    this.#url = url ?? this.#url
    this.#sender?.send({ type: 'serving', ...(this.#url !== undefined && { url: this.#url }) })
  }

  /** Sends the readiness of this process if it has changed. It is also checked at each interval. */
  shareReadiness(): void {
    const readiness = this.#options.readiness?.()
    const text = JSON.stringify(readiness)
    if (!this.#sender || readiness === undefined || text === this.#sharedReadiness) return
    this.#sharedReadiness = text
    this.#sender.send({ type: 'readiness', readiness })
  }

  /**
   * Updates the replica before a scrape, in at most 50 ms. Never rejects.
   * @returns whether it has the newest values of all living processes
   */
  async sync(): Promise<boolean> {
    this.#serves = true
    return this.#sender ? await this.#sync.request() : false
  }

  /** Requests the metrics that the aggregator reads at each scrape. `undefined`: no answer within `timeoutMs`. Never rejects. */
  async request(timeoutMs: number): Promise<string | undefined> {
    return await this.#requests?.request(timeoutMs)
  }

  /** Pushes all values, those of observable instruments included. Resolves when the aggregator has read them or is gone. */
  async flush(): Promise<void> {
    const sender = this.#sender
    if (!sender) return
    await this.#options.tracker.observe()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#push(sender, true, resolve)
    await promise
    await sender.confirmed()
  }

  /** Pushes all values synchronously, when the process exits. Never throws. */
  pushAtExit(): void {
    if (!this.#sender) return
    try {
      this.#options.tracker.observeSync()
      this.#sender.pushAtExit({ type: 'goodbye' })
    } catch (error) {
      logger.error('the last metrics of this process were not sent to the aggregator', error)
    }
  }

  /** Ends the connection. */
  close(): void {
    this.#disconnect()?.close()
  }

  #restart(sender: PushSender): void {
    sender.restart(this.#hello())
    this.#sharedReadiness = undefined
    this.shareReadiness()
  }

  #hello(): Hello {
    const { version } = this.#options
    return { type: 'hello', protocol: PROTOCOL_VERSION, version, key: this.#key, serves: this.#serves }
  }

  /** Stops to use the channel, and returns it. */
  #disconnect(): Channel | undefined {
    const channel = this.#channel
    const sender = this.#sender
    this.#channel = undefined
    this.#sender = undefined
    this.#requests?.close()
    this.#requests = undefined
    this.#isWelcome = false
    this.#options.tracker.onChange = undefined
    this.#timers.stop()
    sender?.close()
    this.#sync.reset()
    return channel
  }

  /** Pushes all changes now, so that the push which they have scheduled is not needed. */
  #push(sender: PushSender | undefined, exemplars: boolean, onSent?: () => void): void {
    this.#timers.clearChanges()
    sender?.push(exemplars, onSent)
  }

  async #pushInterval(): Promise<void> {
    const sender = this.#sender
    this.shareReadiness()
    await this.#observe(INTERVAL_OBSERVE_MS)
    this.#push(sender, true)
  }

  async #observe(timeoutMs: number): Promise<void> {
    await settleWithin(this.#options.tracker.observe(), timeoutMs, { clock: this.#clock })
  }

  #receive(text: unknown): void {
    try {
      this.#handle(this.#validator.validate(text))
    } catch (error) {
      if (!(error instanceof InvalidMessage)) throw error
      this.#invalid += 1
      if (this.#invalid === 1)
        logger.warn(
          `a message of the process that aggregates the metrics was ignored: ${error.message} (reported once)`,
        )
    }
  }

  #handle(message: AggregatorMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#isWelcome = true
        this.#isRenamed = false
        this.#state.follow(message.key)
        this.#options.onWelcome?.(message)
        break
      case 'refused':
        this.#onRefused(message)
        break
      case 'flush':
        this.#barrier.observe(this.#answerFlush(message.id))
        break
      case 'state':
        this.#state.apply(message)
        break
      case 'synced':
        this.#state.onSynced()
        this.#sync.onSynced(message.id, message.complete)
        break
      case 'pong':
        this.#sender?.onPong(message.id)
        break
      case 'request':
      case 'response':
        this.#requests?.receive(message)
        break
      case 'reset':
        if (this.#sender) this.#restart(this.#sender)
        break
    }
  }

  /** Pushes the newest values. Requests that arrive meanwhile are answered with one push that follows. */
  async #answerFlush(id: number): Promise<void> {
    this.#flushId = id
    if (this.#isFlushing) return
    this.#isFlushing = true
    const sender = this.#sender
    await this.#observe(FLUSH_OBSERVE_MS)
    this.#isFlushing = false
    const flushed = this.#flushId
    this.#push(sender, true, () => sender?.send({ type: 'flushed', id: flushed }))
  }

  /**
   * Continues as another source when the aggregator has counted this process as ended: it was not connected for a long time. Its
   * former values remain counted under the former key.
   */
  #rename(): void {
    this.#isRenamed = true
    this.#key = createMemberKey()
    this.#options.encoder.rebase()
    if (this.#sender) this.#restart(this.#sender)
    logger.warn(
      'the process that aggregates the metrics had counted this process as ended, because it was not connected for a long time; what it counted meanwhile is missing',
    )
  }

  #onRefused(refused: Refused): void {
    if (refused.reason === 'ended' && !this.#isRenamed) {
      this.#rename()
      return
    }
    this.#disconnect()?.close()
    if (refused.reason === 'protocol') warnOfAggregatorProtocol(refused, this.#options.version)
    this.#options.onRefused?.(refused)
  }
}
