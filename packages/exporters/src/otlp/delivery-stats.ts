/** What is counted: spans, or data points of metrics. */
export type Signal = 'traces' | 'metrics'

/**
 * Why telemetry was not delivered: `queue_full` (too much waited), `superseded` (a newer cumulative value took its
 * place), `refused` and `rejected` (the collector does not want all of it, or a part), `retries_exhausted` (tried for
 * too long), `unencodable`, `shutdown` (not sent when the process ended).
 */
export type DropReason =
  | 'queue_full'
  | 'superseded'
  | 'refused'
  | 'rejected'
  | 'retries_exhausted'
  | 'unencodable'
  | 'shutdown'

/** The books of one signal at one moment; created = exported + all dropped + queued. */
export interface DeliveryCounts {
  readonly created: number
  readonly exported: number
  readonly queued: number
  readonly dropped: ReadonlyMap<DropReason, number>
}

/** The books of one signal: what became of every span or data point that was made. */
export class DeliveryStats {
  readonly signal: Signal
  /** Called once, when the first span or data point has been made; must not throw. */
  onFirstCreated: (() => void) | undefined
  #created = 0
  #exported = 0
  #queued = 0
  readonly #dropped = new Map<DropReason, number>()

  constructor(signal: Signal) {
    this.signal = signal
  }

  /** They were made, and wait to be sent. */
  recordCreated(count: number): void {
    const isFirst = this.#created === 0
    this.#created += count
    this.#queued += count
    if (isFirst) this.onFirstCreated?.()
  }

  /** They wait no more: the collector has them. */
  recordExported(count: number): void {
    this.#queued -= count
    this.#exported += count
  }

  /** They wait no more: they are lost. */
  recordDropped(count: number, reason: DropReason): void {
    if (count === 0) return
    this.#queued -= count
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count)
  }

  /** How many have been lost, for any reason. */
  get droppedTotal(): number {
    let lost = 0
    for (const count of this.#dropped.values()) lost += count
    return lost
  }

  /** The books as they are now. */
  snapshot(): DeliveryCounts {
    return {
      created: this.#created,
      exported: this.#exported,
      queued: this.#queued,
      dropped: new Map(this.#dropped),
    }
  }
}
