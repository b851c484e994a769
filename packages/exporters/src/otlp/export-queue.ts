import type { Clock } from '@vr/otel-metrics/internal'
import { backoffDelay, clampRetryAfter } from './backoff.ts'
import type { DeliveryReporter } from './delivery-reporter.ts'
import type { DeliveryStats, DropReason } from './delivery-stats.ts'
import { FlushWaiters } from './flush-waiters.ts'
import { type Batch, PendingQueue } from './pending-queue.ts'
import { retryable, type SendOutcome, type Transport } from './send-outcome.ts'

/** How a {@link ExportQueue} sends what. */
export interface ExportQueueOptions<Item> {
  readonly stats: DeliveryStats
  readonly transport: Transport
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
  /** Spans or data points of an item, 1 or more. */
  readonly itemCount: (item: Item) => number
  /** The bytes of a request; nothing, or an error, if it cannot be encoded. */
  readonly encode: (items: readonly Item[]) => Uint8Array | undefined
  /** Most that may wait, as weight; what is on its way does not wait. */
  readonly capacity: number
  /** Most that is sent together, as weight; an item that is heavier goes alone. */
  readonly maxBatchSize: number
  /** How long an item may wait for others, in milliseconds. */
  readonly delayMs: number
  /** Requests under way at a time; one, while the collector fails. */
  readonly concurrency: number
  /** How long a batch is tried again, in milliseconds. */
  readonly retryBudgetMs: number
  /** How an item ended; `undefined` is well. */
  readonly onSettled?: (item: Item, error: Error | undefined) => void
  /** Told how attempts end, and that something was dropped because too much waits. */
  readonly reporter: Pick<DeliveryReporter, 'reportAttempt' | 'reportOverflow'>
}

/**
 * Gets telemetry delivered without ever holding up who makes it: a bounded line of what waits, batches, a few requests
 * at a time, attempts repeated with growing pauses or when the collector says so, and books that are exact at any
 * moment. Drives itself by the clock; never throws.
 */
export class ExportQueue<Item> {
  readonly #options: ExportQueueOptions<Item>
  readonly #pending: PendingQueue<Item>
  /** Oldest first; they are sent again before anything new. */
  readonly #failed: Batch<Item>[] = []
  readonly #inFlight = new Set<Batch<Item>>()
  readonly #flushes = new FlushWaiters()
  #failedCount = 0
  /** Failures in a row. */
  #failures = 0
  #attemptGroup = 0
  /** Nothing is sent before. */
  #pauseUntil = Number.NEGATIVE_INFINITY
  #cancelTimer: (() => void) | undefined
  #timerAt = Number.POSITIVE_INFINITY
  #isShutDown = false

  constructor(options: ExportQueueOptions<Item>) {
    this.#options = options
    this.#pending = new PendingQueue(options.itemCount)
  }

  /** Takes an item in; whether there is room for it. What is not taken has been counted as dropped. */
  offer(item: Item): boolean {
    const { stats: account, itemCount: weigh, capacity, clock } = this.#options
    const weight = weigh(item)
    account.recordCreated(weight)
    const hasRoom = !this.#isShutDown && this.pendingCount + weight <= capacity
    if (hasRoom) {
      this.#pending.push(item, clock.now())
      this.#schedule()
    } else this.#dropItems([item], weight, this.#isShutDown ? 'shutdown' : 'queue_full')
    return hasRoom
  }

  /** What waits, as weight: to be sent, or to be sent again. */
  get pendingCount(): number {
    return this.#pending.itemCount + this.#failedCount
  }

  /**
   * Makes room for items and takes them in: drops the oldest of what waits while `isTooMuch` says so of the weight that
   * waits. Who waits for a flush of what was dropped waits for these items instead.
   */
  replacePending(items: readonly Item[], isTooMuch: (waiting: number) => boolean, reason: DropReason): void {
    const hasDropped = this.#evict(isTooMuch, reason)
    for (const item of items) this.offer(item)
    if (hasDropped) this.#flushes.extend(this.#pending.first + this.#pending.length)
    this.#settleFlushes()
  }

  #evict(isTooMuch: (waiting: number) => boolean, reason: DropReason): boolean {
    let hasDropped = false
    while (this.pendingCount > 0 && isTooMuch(this.pendingCount)) {
      hasDropped = true
      const batch = this.#takeFailed()
      if (batch !== undefined) this.#drop(batch, reason)
      else {
        const { items, weight } = this.#pending.take(1)
        this.#dropItems(items, weight, reason)
      }
    }
    return hasDropped
  }

  /** Sends what is there, without waiting for more; settles when that has ended, or it is of no use to go on. */
  flush(): Promise<void> {
    const { clock } = this.#options
    if (this.#flushes.isThrottled && clock.now() < this.#pauseUntil) return Promise.resolve()
    this.#pauseUntil = Number.NEGATIVE_INFINITY
    const done = this.#flushes.begin(this.#pending.first + this.#pending.length, this.#failures > 0)
    this.#stopTimer()
    this.#settleFlushes()
    this.#schedule()
    return done
  }

  /** Ends at once: what has not been delivered is lost, and counted. */
  shutdownNow(): void {
    if (this.#isShutDown) return
    this.#isShutDown = true
    this.#stopTimer()
    this.#evict(() => true, 'shutdown')
    for (const batch of [...this.#inFlight]) this.#drop(batch, 'shutdown')
    this.#inFlight.clear()
    this.#options.transport.close()
    this.#settleFlushes()
  }

  /** Looks at what is to be done next soon, and not now: who makes telemetry does not pay for sending it. */
  #schedule(): void {
    if (this.#isShutDown || !this.#hasFreeSlot()) return
    const now = this.#options.clock.now()
    const at = Math.max(this.#pauseUntil, this.#isReady(now) ? now : this.#readyAt())
    if (at === Number.POSITIVE_INFINITY || at >= this.#timerAt) return
    this.#stopTimer()
    this.#timerAt = at
    this.#cancelTimer = this.#options.clock.after(
      Math.max(0, at - now),
      this.#onTimer,
      this.#flushes.isActive,
    )
  }

  #stopTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
  }

  readonly #onTimer = (): void => {
    this.#stopTimer()
    const now = this.#options.clock.now()
    if (this.#hasFreeSlot() && now >= this.#pauseUntil && this.#isReady(now)) this.#sendNext(now)
    this.#schedule()
  }

  /** While the collector fails it is asked with one request at a time. */
  #hasFreeSlot(): boolean {
    return this.#inFlight.size < (this.#failures > 0 ? 1 : this.#options.concurrency)
  }

  #isReady(now: number): boolean {
    if (this.#failed.length > 0) return true
    const { length, itemCount: weight } = this.#pending
    const isEnough = weight >= this.#options.maxBatchSize || this.#flushes.isActive
    return length > 0 && (isEnough || now >= this.#readyAt())
  }

  #readyAt(): number {
    const { since } = this.#pending
    return since === undefined ? Number.POSITIVE_INFINITY : since + this.#options.delayMs
  }

  #sendNext(now: number): void {
    const batch = this.#takeFailed() ?? this.#nextBatch(now)
    if (batch === undefined) {
      this.#settleFlushes()
      return
    }
    batch.attemptGroup = this.#attemptGroup
    this.#inFlight.add(batch)
    void this.#options.transport
      .send(batch.body)
      .catch((error: unknown) => retryable(String(error)))
      .then((outcome) => this.#finish(batch, outcome))
  }

  #takeFailed(): Batch<Item> | undefined {
    const batch = this.#failed.shift()
    this.#failedCount -= batch?.itemCount ?? 0
    return batch
  }

  #nextBatch(now: number): Batch<Item> | undefined {
    const { items, weight, first } = this.#pending.take(this.#options.maxBatchSize)
    const body = this.#encode(items)
    if (body !== undefined)
      return { entries: items, itemCount: weight, first, body, since: now, attemptGroup: 0, isSettled: false }
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

  #finish(batch: Batch<Item>, outcome: SendOutcome): void {
    if (batch.isSettled) return
    this.#inFlight.delete(batch)
    if (outcome.kind === 'retry') this.#fail(batch, outcome.retryAfterMs)
    else {
      this.#failures = 0
      this.#pauseUntil = Number.NEGATIVE_INFINITY
      if (outcome.kind === 'refused') this.#drop(batch, 'refused', outcome.reason)
      else this.#accept(batch, outcome.rejected)
    }
    this.#options.reporter.reportAttempt(outcome, this.#options.stats.droppedTotal)
    this.#settleFlushes()
    this.#schedule()
  }

  #accept(batch: Batch<Item>, told: number): void {
    const { stats: account } = this.#options
    const rejected = Math.min(batch.itemCount, Math.max(0, told))
    account.recordExported(batch.itemCount - rejected)
    account.recordDropped(rejected, 'rejected')
    this.#settle(batch, undefined)
  }

  #fail(batch: Batch<Item>, afterMs: number | undefined): void {
    const { clock, random, retryBudgetMs } = this.#options
    const now = clock.now()
    if (batch.attemptGroup === this.#attemptGroup) {
      this.#attemptGroup += 1
      this.#failures += 1
      this.#flushes.fail(afterMs !== undefined)
      const pause = this.#flushes.isActive
        ? FlushWaiters.RETRY_DELAY_MS
        : backoffDelay(this.#failures, random())
      this.#pauseUntil = now + (afterMs === undefined ? pause : clampRetryAfter(afterMs))
    }
    if (now - batch.since >= retryBudgetMs) {
      this.#drop(batch, 'retries_exhausted')
      return
    }
    this.#failed.push(batch)
    this.#failed.sort((a, b) => a.first - b.first)
    this.#failedCount += batch.itemCount
  }

  #drop(batch: Batch<Item>, reason: DropReason, detail: string = reason): void {
    this.#options.stats.recordDropped(batch.itemCount, reason)
    this.#settle(batch, new Error(`not delivered: ${detail}`))
  }

  #settle(batch: Batch<Item>, error: Error | undefined): void {
    batch.isSettled = true
    for (const item of batch.entries) this.#options.onSettled?.(item, error)
  }

  #dropItems(items: readonly Item[], weight: number, reason: DropReason): void {
    const { stats: account, onSettled: settled, reporter: watch } = this.#options
    account.recordDropped(weight, reason)
    if (reason === 'queue_full') watch.reportOverflow()
    for (const item of items) settled?.(item, new Error(`not delivered: ${reason}`))
  }

  #settleFlushes(): void {
    if (!this.#flushes.isActive) return
    let oldest = this.#pending.first
    for (const { first } of this.#inFlight) oldest = Math.min(oldest, first)
    const [failed] = this.#failed
    if (failed !== undefined) oldest = Math.min(oldest, failed.first)
    this.#flushes.settle(
      this.#pending.length + this.#inFlight.size + this.#failed.length === 0 ? Infinity : oldest,
    )
  }
}
