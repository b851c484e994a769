/** Entries that are sent in one request. They are encoded once and sent until they are delivered or dropped. */
export interface Batch<Entry> {
  readonly entries: readonly Entry[]
  /** Number of spans or data points. */
  readonly itemCount: number
  /** Sequence number of the first entry. */
  readonly first: number
  readonly body: Uint8Array
  /** Time of the first attempt. */
  readonly since: number
  /** Attempts with the same number count as one failure, since they ran at the same time. */
  attemptGroup: number
  /** Whether it has been counted as exported or dropped. */
  isSettled: boolean
}

/** FIFO queue of the entries that are not yet in a batch. */
export class PendingQueue<Entry> {
  readonly #itemCountOf: (entry: Entry) => number
  #entries: Entry[] = []
  #taken = 0
  #since: number[] = []
  /** Number of spans or data points in the queue. */
  itemCount = 0
  /** Sequence number of the oldest entry. */
  first = 0

  /** @param itemCountOf number of spans or data points of an entry, 1 or more */
  constructor(itemCountOf: (entry: Entry) => number) {
    this.#itemCountOf = itemCountOf
  }

  /** Number of entries in the queue. */
  get length(): number {
    return this.#entries.length - this.#taken
  }

  /** Time at which the oldest entry was added; undefined if the queue is empty. */
  get since(): number | undefined {
    return this.#since[this.#taken]
  }

  push(entry: Entry, now: number): void {
    this.#entries.push(entry)
    this.#since.push(now)
    this.itemCount += this.#itemCountOf(entry)
  }

  /** Removes the oldest entries with at most `maxItems` items in total, but at least one entry. */
  take(maxItems: number): { readonly entries: Entry[]; readonly itemCount: number; readonly first: number } {
    const { first } = this
    const entries: Entry[] = []
    let itemCount = 0
    for (let next = this.#entries[this.#taken]; next !== undefined; next = this.#entries[this.#taken]) {
      const count = this.#itemCountOf(next)
      if (entries.length > 0 && itemCount + count > maxItems) break
      entries.push(next)
      itemCount += count
      this.#taken += 1
    }
    this.itemCount -= itemCount
    this.first += entries.length
    this.#compact()
    return { entries, itemCount, first }
  }

  /** Frees removed entries when they are half of the array: removal has a constant amortized cost. */
  #compact(): void {
    if (this.#taken * 2 < this.#entries.length) return
    this.#entries = this.#entries.slice(this.#taken)
    this.#since = this.#since.slice(this.#taken)
    this.#taken = 0
  }
}
