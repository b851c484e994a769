import { pauseAfter, pauseTold } from './backoff.ts'
import type { Clock } from './clock.ts'
import type { DeliveryReporter } from './delivery-reporter.ts'
import type { DeliveryStats, DropReason } from './delivery-stats.ts'
import { Flush } from './flush.ts'
import { type Outcome, retry, type Transport } from './outcome.ts'
import { type Batch, PendingQueue } from './pending-queue.ts'

/** How a {@link ExportQueue} sends what. */
export interface ExportQueueOptions<Item> {
  readonly account: DeliveryStats
  readonly transport: Transport
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
  /** Spans or data points of an item, 1 or more. */
  readonly weigh: (item: Item) => number
  /** The bytes of a request; nothing, or an error, if it cannot be encoded. */
  readonly encode: (items: readonly Item[]) => Uint8Array | undefined
  /** Most that may wait, as weight; what is on its way does not wait. */
  readonly capacity: number
  /** Most that is sent together, as weight; an item that is heavier goes alone. */
  readonly batchWeight: number
  /** How long an item may wait for others, in milliseconds. */
  readonly delayMs: number
  /** Requests under way at a time; one, while the collector fails. */
  readonly concurrency: number
  /** How long a batch is tried again, in milliseconds. */
  readonly retryBudgetMs: number
  /** How an item ended; `undefined` is well. */
  readonly settled?: (item: Item, error: Error | undefined) => void
  /** Told how attempts end, and that something was dropped because too much waits. */
  readonly watch: Pick<DeliveryReporter, 'attempt' | 'overflow'>
}

/**
 * Gets telemetry delivered without ever holding up who makes it: a bounded line of what waits, batches, a few requests
 * at a time, attempts repeated with growing pauses or when the collector says so, and books that are exact at any
 * moment. Drives itself by the clock; never throws.
 */
export class ExportQueue<Item> {
  readonly #options: ExportQueueOptions<Item>
  readonly #line: PendingQueue<Item>
  /** Oldest first; they are sent again before anything new. */
  readonly #failed: Batch<Item>[] = []
  readonly #sent = new Set<Batch<Item>>()
  readonly #flush = new Flush()
  #failedWeight = 0
  /** Failures in a row. */
  #failures = 0
  #round = 0
  /** Nothing is sent before. */
  #pauseUntil = Number.NEGATIVE_INFINITY
  #cancelTimer: (() => void) | undefined
  #timerAt = Number.POSITIVE_INFINITY
  #isEnded = false

  constructor(options: ExportQueueOptions<Item>) {
    this.#options = options
    this.#line = new PendingQueue(options.weigh)
  }

  /** Takes an item in; whether there is room for it. What is not taken has been counted as dropped. */
  offer(item: Item): boolean {
    const { account, weigh, capacity, clock } = this.#options
    const weight = weigh(item)
    account.create(weight)
    const hasRoom = !this.#isEnded && this.waiting + weight <= capacity
    if (hasRoom) {
      this.#line.push(item, clock.now())
      this.#wake()
    } else this.#dropItems([item], weight, this.#isEnded ? 'shutdown' : 'queue_full')
    return hasRoom
  }

  /** What waits, as weight: to be sent, or to be sent again. */
  get waiting(): number {
    return this.#line.weight + this.#failedWeight
  }

  /**
   * Makes room for items and takes them in: drops the oldest of what waits while `isTooMuch` says so of the weight that
   * waits. Who waits for a flush of what was dropped waits for these items instead.
   */
  exchange(items: readonly Item[], isTooMuch: (waiting: number) => boolean, reason: DropReason): void {
    const hasDropped = this.#evict(isTooMuch, reason)
    for (const item of items) this.offer(item)
    if (hasDropped) this.#flush.extend(this.#line.first + this.#line.length)
    this.#settleFlushes()
  }

  #evict(isTooMuch: (waiting: number) => boolean, reason: DropReason): boolean {
    let hasDropped = false
    while (this.waiting > 0 && isTooMuch(this.waiting)) {
      hasDropped = true
      const batch = this.#takeFailed()
      if (batch !== undefined) this.#drop(batch, reason)
      else {
        const { items, weight } = this.#line.take(1)
        this.#dropItems(items, weight, reason)
      }
    }
    return hasDropped
  }

  /** Sends what is there, without waiting for more; settles when that has ended, or it is of no use to go on. */
  flush(): Promise<void> {
    const { clock } = this.#options
    if (this.#flush.wasTold && clock.now() < this.#pauseUntil) return Promise.resolve()
    this.#pauseUntil = Number.NEGATIVE_INFINITY
    const done = this.#flush.begin(this.#line.first + this.#line.length, this.#failures > 0)
    this.#stopTimer()
    this.#settleFlushes()
    this.#wake()
    return done
  }

  /** Ends at once: what has not been delivered is lost, and counted. */
  abandon(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#stopTimer()
    this.#evict(() => true, 'shutdown')
    for (const batch of [...this.#sent]) this.#drop(batch, 'shutdown')
    this.#sent.clear()
    this.#options.transport.close()
    this.#settleFlushes()
  }

  /** Looks at what is to be done next soon, and not now: who makes telemetry does not pay for sending it. */
  #wake(): void {
    if (this.#isEnded || !this.#hasTurn()) return
    const now = this.#options.clock.now()
    const at = Math.max(this.#pauseUntil, this.#isReady(now) ? now : this.#readyAt())
    if (at === Number.POSITIVE_INFINITY || at >= this.#timerAt) return
    this.#stopTimer()
    this.#timerAt = at
    this.#cancelTimer = this.#options.clock.after(Math.max(0, at - now), this.#onTimer, this.#flush.isActive)
  }

  #stopTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
  }

  readonly #onTimer = (): void => {
    this.#stopTimer()
    const now = this.#options.clock.now()
    if (this.#hasTurn() && now >= this.#pauseUntil && this.#isReady(now)) this.#sendNext(now)
    this.#wake()
  }

  /** While the collector fails it is asked with one request at a time. */
  #hasTurn(): boolean {
    return this.#sent.size < (this.#failures > 0 ? 1 : this.#options.concurrency)
  }

  #isReady(now: number): boolean {
    if (this.#failed.length > 0) return true
    const { length, weight } = this.#line
    const isEnough = weight >= this.#options.batchWeight || this.#flush.isActive
    return length > 0 && (isEnough || now >= this.#readyAt())
  }

  #readyAt(): number {
    const { since } = this.#line
    return since === undefined ? Number.POSITIVE_INFINITY : since + this.#options.delayMs
  }

  #sendNext(now: number): void {
    const batch = this.#takeFailed() ?? this.#nextBatch(now)
    if (batch === undefined) {
      this.#settleFlushes()
      return
    }
    batch.round = this.#round
    this.#sent.add(batch)
    void this.#options.transport
      .send(batch.body)
      .catch((error: unknown) => retry(String(error)))
      .then((outcome) => this.#finish(batch, outcome))
  }

  #takeFailed(): Batch<Item> | undefined {
    const batch = this.#failed.shift()
    this.#failedWeight -= batch?.weight ?? 0
    return batch
  }

  #nextBatch(now: number): Batch<Item> | undefined {
    const { items, weight, first } = this.#line.take(this.#options.batchWeight)
    const body = this.#encode(items)
    if (body !== undefined) return { items, weight, first, body, since: now, round: 0, isSettled: false }
    this.#dropItems(items, weight, 'unencodable')
    return undefined
  }

  #encode(items: readonly Item[]): Uint8Array | undefined {
    try {
      return this.#options.encode(items)
    } catch {
      return undefined
    }
  }

  #finish(batch: Batch<Item>, outcome: Outcome): void {
    if (batch.isSettled) return
    this.#sent.delete(batch)
    if (outcome.kind === 'retry') this.#fail(batch, outcome.afterMs)
    else {
      this.#failures = 0
      this.#pauseUntil = Number.NEGATIVE_INFINITY
      if (outcome.kind === 'refused') this.#drop(batch, 'refused', outcome.reason)
      else this.#accept(batch, outcome.rejected)
    }
    this.#options.watch.attempt(outcome, this.#options.account.lost)
    this.#settleFlushes()
    this.#wake()
  }

  #accept(batch: Batch<Item>, told: number): void {
    const { account } = this.#options
    const rejected = Math.min(batch.weight, Math.max(0, told))
    account.export(batch.weight - rejected)
    account.drop(rejected, 'rejected')
    this.#settle(batch, undefined)
  }

  #fail(batch: Batch<Item>, afterMs: number | undefined): void {
    const { clock, random, retryBudgetMs } = this.#options
    const now = clock.now()
    if (batch.round === this.#round) {
      this.#round += 1
      this.#failures += 1
      this.#flush.fail(afterMs !== undefined)
      const pause = this.#flush.isActive ? Flush.PAUSE_MS : pauseAfter(this.#failures, random())
      this.#pauseUntil = now + (afterMs === undefined ? pause : pauseTold(afterMs))
    }
    if (now - batch.since >= retryBudgetMs) {
      this.#drop(batch, 'retries_exhausted')
      return
    }
    this.#failed.push(batch)
    this.#failed.sort((a, b) => a.first - b.first)
    this.#failedWeight += batch.weight
  }

  #drop(batch: Batch<Item>, reason: DropReason, detail: string = reason): void {
    this.#options.account.drop(batch.weight, reason)
    this.#settle(batch, new Error(`not delivered: ${detail}`))
  }

  #settle(batch: Batch<Item>, error: Error | undefined): void {
    batch.isSettled = true
    for (const item of batch.items) this.#options.settled?.(item, error)
  }

  #dropItems(items: readonly Item[], weight: number, reason: DropReason): void {
    const { account, settled, watch } = this.#options
    account.drop(weight, reason)
    if (reason === 'queue_full') watch.overflow()
    for (const item of items) settled?.(item, new Error(`not delivered: ${reason}`))
  }

  #settleFlushes(): void {
    if (!this.#flush.isActive) return
    let oldest = this.#line.first
    for (const { first } of this.#sent) oldest = Math.min(oldest, first)
    const [failed] = this.#failed
    if (failed !== undefined) oldest = Math.min(oldest, failed.first)
    this.#flush.settle(this.#line.length + this.#sent.size + this.#failed.length === 0 ? Infinity : oldest)
  }
}
