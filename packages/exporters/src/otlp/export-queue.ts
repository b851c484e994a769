import type { Clock } from '@vr/otel-metrics/internal'
import { backoffDelay, clampRetryAfter } from './backoff.ts'
import type { DeliveryReporter } from './delivery-reporter.ts'
import type { DeliveryStats, DropReason } from './delivery-stats.ts'
import { FlushWaiters } from './flush-waiters.ts'
import { type Batch, PendingQueue } from './pending-queue.ts'
import { retryable, type SendOutcome, type Transport } from './send-outcome.ts'

/** Options of {@link ExportQueue}. Items are spans or data points; an entry has one or more of them. */
export interface ExportQueueOptions<Entry> {
  readonly stats: DeliveryStats
  readonly transport: Transport
  readonly clock: Clock
  /** Returns a number from 0 to 1. */
  readonly random: () => number
  /** Returns the number of items of an entry, 1 or more. */
  readonly itemCount: (entry: Entry) => number
  /** Encodes a request. Returns undefined or throws if the entries cannot be encoded. */
  readonly encode: (entries: readonly Entry[]) => Uint8Array | undefined
  /** Maximum number of pending items. Items in requests that have not ended do not count. */
  readonly capacity: number
  /** Maximum number of items in a request; a larger entry is sent alone. */
  readonly maxBatchSize: number
  /** How long an entry waits for a full batch, in milliseconds. */
  readonly delayMs: number
  /** Maximum number of concurrent requests; 1 while the collector fails. */
  readonly concurrency: number
  /** How long a batch is retried, in milliseconds. */
  readonly retryBudgetMs: number
  /** Called when an entry is delivered (without an error) or dropped. */
  readonly onSettled?: (entry: Entry, error: Error | undefined) => void
  readonly reporter: Pick<DeliveryReporter, 'reportAttempt' | 'reportOverflow'>
}

/**
 * Bounded queue between an exporter and a transport. It sends batches with limited concurrency, retries with exponential
 * backoff or after the delay of `Retry-After` or `RetryInfo`, and keeps exact delivery statistics. It is driven by timers of
 * the clock, so adding an entry never waits for the network. Never throws.
 */
export class ExportQueue<Entry> {
  readonly #options: ExportQueueOptions<Entry>
  readonly #pending: PendingQueue<Entry>
  /** Batches to retry, oldest first. They are sent before pending entries. */
  readonly #failed: Batch<Entry>[] = []
  readonly #inFlight = new Set<Batch<Entry>>()
  readonly #flushes = new FlushWaiters()
  #failedCount = 0
  /** Consecutive failures. */
  #failures = 0
  #attemptGroup = 0
  /** No request starts before this time. */
  #pauseUntil = Number.NEGATIVE_INFINITY
  #cancelTimer: (() => void) | undefined
  #timerAt = Number.POSITIVE_INFINITY
  #isShutDown = false

  constructor(options: ExportQueueOptions<Entry>) {
    this.#options = options
    this.#pending = new PendingQueue(options.itemCount)
  }

  /** Adds an entry. Returns false if it was dropped, because the queue is full or shut down. */
  offer(entry: Entry): boolean {
    const { stats, itemCount, capacity, clock } = this.#options
    const count = itemCount(entry)
    stats.recordCreated(count)
    const hasRoom = !this.#isShutDown && this.pendingCount + count <= capacity
    if (hasRoom) {
      this.#pending.push(entry, clock.now())
      this.#schedule()
    } else this.#dropEntries([entry], count, this.#isShutDown ? 'shutdown' : 'queue_full')
    return hasRoom
  }

  /** Number of items that wait to be sent or retried. */
  get pendingCount(): number {
    return this.#pending.itemCount + this.#failedCount
  }

  /**
   * Drops the oldest pending entries while `isTooMuch` returns true for the number of pending items, then adds `entries`.
   * Flushes that waited for a dropped entry wait for the new entries instead.
   */
  replacePending(
    entries: readonly Entry[],
    isTooMuch: (pendingCount: number) => boolean,
    reason: DropReason,
  ): void {
    const hasDropped = this.#evict(isTooMuch, reason)
    for (const entry of entries) this.offer(entry)
    if (hasDropped) this.#flushes.extend(this.#pending.first + this.#pending.length)
    this.#settleFlushes()
  }

  #evict(isTooMuch: (pendingCount: number) => boolean, reason: DropReason): boolean {
    let hasDropped = false
    while (this.pendingCount > 0 && isTooMuch(this.pendingCount)) {
      hasDropped = true
      const batch = this.#takeFailed()
      if (batch !== undefined) this.#drop(batch, reason)
      else {
        const { entries, itemCount } = this.#pending.take(1)
        this.#dropEntries(entries, itemCount, reason)
      }
    }
    return hasDropped
  }

  /**
   * Sends all entries without waiting for full batches. Resolves when they are delivered or dropped, after two failed
   * attempts, or at once during a delay that the collector requested.
   */
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

  /** Drops everything that is not delivered, and closes the transport. */
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

  /** Sets the timer of the next request. Requests start from timers only, so `offer` never encodes or sends. */
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

  #hasFreeSlot(): boolean {
    return this.#inFlight.size < (this.#failures > 0 ? 1 : this.#options.concurrency)
  }

  #isReady(now: number): boolean {
    if (this.#failed.length > 0) return true
    const { length, itemCount } = this.#pending
    const isFull = itemCount >= this.#options.maxBatchSize || this.#flushes.isActive
    return length > 0 && (isFull || now >= this.#readyAt())
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

  #takeFailed(): Batch<Entry> | undefined {
    const batch = this.#failed.shift()
    this.#failedCount -= batch?.itemCount ?? 0
    return batch
  }

  #nextBatch(now: number): Batch<Entry> | undefined {
    const { entries, itemCount, first } = this.#pending.take(this.#options.maxBatchSize)
    const body = this.#encode(entries)
    if (body !== undefined) {
      return { entries, itemCount, first, body, since: now, attemptGroup: 0, isSettled: false }
    }
    this.#dropEntries(entries, itemCount, 'unencodable')
    return undefined
  }

  #encode(entries: readonly Entry[]): Uint8Array | undefined {
    try {
      return this.#options.encode(entries)
    } catch {
      return undefined
    }
  }

  #finish(batch: Batch<Entry>, outcome: SendOutcome): void {
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

  #accept(batch: Batch<Entry>, reported: number): void {
    const { stats } = this.#options
    const rejected = Math.min(batch.itemCount, Math.max(0, reported))
    stats.recordExported(batch.itemCount - rejected)
    stats.recordDropped(rejected, 'rejected')
    this.#settle(batch, undefined)
  }

  #fail(batch: Batch<Entry>, retryAfterMs: number | undefined): void {
    const { clock, random, retryBudgetMs } = this.#options
    const now = clock.now()
    if (batch.attemptGroup === this.#attemptGroup) {
      this.#attemptGroup += 1
      this.#failures += 1
      this.#flushes.fail(retryAfterMs !== undefined)
      const pause = this.#flushes.isActive
        ? FlushWaiters.RETRY_DELAY_MS
        : backoffDelay(this.#failures, random())
      this.#pauseUntil = now + (retryAfterMs === undefined ? pause : clampRetryAfter(retryAfterMs))
    }
    if (now - batch.since >= retryBudgetMs) {
      this.#drop(batch, 'retries_exhausted')
      return
    }
    this.#failed.push(batch)
    this.#failed.sort((a, b) => a.first - b.first)
    this.#failedCount += batch.itemCount
  }

  #drop(batch: Batch<Entry>, reason: DropReason, detail: string = reason): void {
    this.#options.stats.recordDropped(batch.itemCount, reason)
    this.#settle(batch, new Error(`not delivered: ${detail}`))
  }

  #settle(batch: Batch<Entry>, error: Error | undefined): void {
    batch.isSettled = true
    for (const entry of batch.entries) this.#options.onSettled?.(entry, error)
  }

  #dropEntries(entries: readonly Entry[], itemCount: number, reason: DropReason): void {
    const { stats, onSettled, reporter } = this.#options
    stats.recordDropped(itemCount, reason)
    if (reason === 'queue_full') reporter.reportOverflow()
    for (const entry of entries) onSettled?.(entry, new Error(`not delivered: ${reason}`))
  }

  #settleFlushes(): void {
    if (!this.#flushes.isActive) return
    let oldest = this.#pending.first
    for (const { first } of this.#inFlight) oldest = Math.min(oldest, first)
    const [failed] = this.#failed
    if (failed !== undefined) oldest = Math.min(oldest, failed.first)
    const isIdle = this.#pending.length + this.#inFlight.size + this.#failed.length === 0
    this.#flushes.settle(isIdle ? Infinity : oldest)
  }
}
