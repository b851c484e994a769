import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { ScrapeBody } from './scrape-body.ts'

/** Share of a scrape's timeout that instruments have; the rest is for writing what was collected. */
export const COLLECT_SHARE = 0.8

/** A scrape joins a running collection whose remaining time is between these shares of its own timeout. */
const JOIN_SHARE = { min: COLLECT_SHARE / 2, max: 0.9 }

/** A body in both encodings. */
export interface EncodedBodies {
  readonly uncompressed: ScrapeBody
  /** Undefined if no scrape accepts it. */
  readonly gzipped: ScrapeBody | undefined
}

/** A body that is being written. */
export interface PendingBody {
  readonly key: string
  readonly collection: SharedCollection
  /** Resolves when the body is written, and compressed if a scrape accepts gzip. */
  readonly encoded: Promise<EncodedBodies>
  /** Number of scrapes that wait for it. */
  waiters: number
  wantsGzip: boolean
}

/**
 * One collection and the bodies that are written from it. Concurrent scrapes share it if their timeouts allow: the result
 * of a scrape must not depend on a much shorter or longer timeout of another one.
 */
export class SharedCollection {
  readonly bodies = new Map<string, PendingBody>()
  /** Settles when the collection has ended. */
  readonly collected: Promise<ResourceMetrics>
  readonly #collect: (timeoutMillis: number) => Promise<ResourceMetrics>
  readonly #started = Promise.withResolvers<ResourceMetrics>()
  #state: 'waiting' | 'collecting' | 'collected' = 'waiting'
  /** Latest deadline of its scrapes. */
  #deadline = 0
  /** Time at which instruments that are not done are omitted. */
  #collectDeadline = 0

  constructor(collect: (timeoutMillis: number) => Promise<ResourceMetrics>) {
    this.#collect = collect
    this.collected = this.#started.promise
  }

  get hasStarted(): boolean {
    return this.#state !== 'waiting'
  }

  /** Whether the collection has not ended; until then bodies can be added. */
  get isOpen(): boolean {
    return this.#state !== 'collected'
  }

  /** Returns whether a scrape with this timeout can join the collection. */
  canJoin(now: number, timeoutMs: number): boolean {
    if (this.#state !== 'collecting') return true
    const left = this.#collectDeadline - now
    return left >= timeoutMs * JOIN_SHARE.min && left <= timeoutMs * JOIN_SHARE.max
  }

  /** Extends the deadline of a collection that has not started to that of a scrape. */
  extend(now: number, timeoutMs: number): void {
    this.#deadline = Math.max(this.#deadline, now + timeoutMs)
  }

  /** Starts the collection with the longest timeout of its scrapes. */
  start(now: number): void {
    const timeoutMillis = Math.round(Math.max(0, this.#deadline - now) * COLLECT_SHARE)
    this.#collectDeadline = now + timeoutMillis
    this.#state = 'collecting'
    const collected = this.#collect(timeoutMillis).finally(() => {
      this.#state = 'collected'
    })
    this.#started.resolve(collected)
  }
}
