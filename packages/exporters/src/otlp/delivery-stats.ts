/** Signal of the counted items: spans, or data points of metrics. */
export type Signal = 'traces' | 'metrics'

/**
 * Why an item was dropped:
 * - `queue_full`: the queue had no room.
 * - `superseded`: a newer cumulative export replaced it in the queue.
 * - `refused`: the collector refused the request.
 * - `rejected`: the collector accepted only a part of the request (partial success).
 * - `retries_exhausted`: all retries failed.
 * - `unencodable`: the encoder failed.
 * - `shutdown`: it was not delivered when the exporter was shut down.
 */
export type DropReason =
  | 'queue_full'
  | 'superseded'
  | 'refused'
  | 'rejected'
  | 'retries_exhausted'
  | 'unencodable'
  | 'shutdown'

/** Delivery statistics at one moment: created = exported + queued + the sum of dropped. */
export interface DeliveryCounts {
  /** Items passed to the exporter. */
  readonly created: number
  /** Items that the collector has accepted. */
  readonly exported: number
  /** Items that wait to be sent, including those in requests that have not ended. */
  readonly queued: number
  /** Dropped items, by reason. */
  readonly dropped: ReadonlyMap<DropReason, number>
}

/** Counts what happens to every span or data point of an exporter. */
export class DeliveryStats {
  /** Signal of the counted items. */
  readonly signal: Signal
  /** Called once, when the first item is created. Must not throw. */
  onFirstCreated: (() => void) | undefined
  #created = 0
  #exported = 0
  #queued = 0
  readonly #dropped = new Map<DropReason, number>()

  constructor(signal: Signal) {
    this.signal = signal
  }

  /** Counts new items, which are queued. */
  recordCreated(count: number): void {
    const isFirst = this.#created === 0
    this.#created += count
    this.#queued += count
    if (isFirst) this.onFirstCreated?.()
  }

  /** Counts queued items that the collector has accepted. */
  recordExported(count: number): void {
    this.#queued -= count
    this.#exported += count
  }

  /** Counts queued items that are dropped. */
  recordDropped(count: number, reason: DropReason): void {
    if (count === 0) return
    this.#queued -= count
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count)
  }

  /** Number of dropped items, for all reasons. */
  get droppedTotal(): number {
    let total = 0
    for (const count of this.#dropped.values()) total += count
    return total
  }

  /** Returns a copy of the counts. */
  snapshot(): DeliveryCounts {
    return {
      created: this.#created,
      exported: this.#exported,
      queued: this.#queued,
      dropped: new Map(this.#dropped),
    }
  }
}
