import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { ScrapeBody } from './scrape-body.ts'

/** The part of its time limit that a scrape gives to instruments, so that what is there can still be written. */
const COLLECT_SHARE = 0.8

/** The least and the most of its time limit that a collection begun for another scrape may still take. */
const SHARED = { least: COLLECT_SHARE / 2, most: 0.9 }

/** A text in both its encodings. */
export interface EncodedBodies {
  readonly uncompressed: ScrapeBody
  /** Undefined if no scrape wanted it. */
  readonly gzipped: ScrapeBody | undefined
}

/** A text in the making. */
export interface PendingBody {
  readonly key: string
  readonly collection: SharedCollection
  /** Settles when the text is written, and compressed if somebody wanted it so. */
  readonly encoded: Promise<EncodedBodies>
  /** Scrapes that wait for it. */
  waiters: number
  wantsGzip: boolean
}

/**
 * One collection, and the texts that are made of it. It is shared by scrapes that overlap, if their time limits allow:
 * what a scrape gets must not depend on how little or how much time another one has.
 */
export class SharedCollection {
  readonly bodies = new Map<string, PendingBody>()
  /** Settles when the collection has ended. */
  readonly collected: Promise<ResourceMetrics>
  readonly #collect: (timeoutMillis: number) => Promise<ResourceMetrics>
  readonly #started = Promise.withResolvers<ResourceMetrics>()
  #state: 'waiting' | 'collecting' | 'collected' = 'waiting'
  /** When the last of its scrapes gives up. */
  #deadline = 0
  /** When instruments that are not done are left out. */
  #collectDeadline = 0

  constructor(collect: (timeoutMillis: number) => Promise<ResourceMetrics>) {
    this.#collect = collect
    this.collected = this.#started.promise
  }

  /** Whether the collection has begun. */
  get hasStarted(): boolean {
    return this.#state !== 'waiting'
  }

  /** Whether the collection has not ended; then more texts can be made of it. */
  get isOpen(): boolean {
    return this.#state !== 'collected'
  }

  /** Whether a scrape that has `timeLimit` milliseconds from `now` can share this round. */
  fits(now: number, timeLimit: number): boolean {
    if (this.#state !== 'collecting') return true
    const left = this.#collectDeadline - now
    return left >= timeLimit * SHARED.least && left <= timeLimit * SHARED.most
  }

  /** Notes that a scrape waits until `timeLimit` milliseconds after `now`: a collection that has not begun will take so long. */
  extend(now: number, timeLimit: number): void {
    this.#deadline = Math.max(this.#deadline, now + timeLimit)
  }

  /** Begins to collect, for as long as the most patient of its scrapes allows. */
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
