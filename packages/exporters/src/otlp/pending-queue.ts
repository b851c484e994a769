/** Telemetry that is sent together: encoded once, sent until it has been delivered or given up. */
export interface Batch<Item> {
  readonly entries: readonly Item[]
  /** Spans or data points. */
  readonly itemCount: number
  /** Number of its first item, in the order in which items came. */
  readonly first: number
  readonly body: Uint8Array
  /** When it was first sent. */
  readonly since: number
  /** Which run of failures it was last sent in: failures at one time are one failure. */
  attemptGroup: number
  /** Whether it has been counted as delivered or lost. */
  isSettled: boolean
}

/** What waits to be put into batches, oldest first. */
export class PendingQueue<Item> {
  readonly #itemCountOf: (item: Item) => number
  #entries: Item[] = []
  #taken = 0
  #since: number[] = []
  /** Spans or data points. */
  itemCount = 0
  /** Number of the oldest item, in the order in which items came. */
  first = 0

  /** @param weigh spans or data points of an item, 1 or more */
  constructor(weigh: (item: Item) => number) {
    this.#itemCountOf = weigh
  }

  /** How many items wait. */
  get length(): number {
    return this.#entries.length - this.#taken
  }

  /** When the oldest item came; `undefined` if none waits. */
  get since(): number | undefined {
    return this.#since[this.#taken]
  }

  push(item: Item, now: number): void {
    this.#entries.push(item)
    this.#since.push(now)
    this.itemCount += this.#itemCountOf(item)
  }

  /** Takes the oldest items up to a weight, at least one. */
  take(weight: number): { readonly items: Item[]; readonly weight: number; readonly first: number } {
    const { first } = this
    const items: Item[] = []
    let taken = 0
    for (let next = this.#entries[this.#taken]; next !== undefined; next = this.#entries[this.#taken]) {
      const one = this.#itemCountOf(next)
      if (items.length > 0 && taken + one > weight) break
      items.push(next)
      taken += one
      this.#taken += 1
    }
    this.itemCount -= taken
    this.first += items.length
    this.#compact()
    return { items, weight: taken, first }
  }

  /** What was taken is let go at the latest when it is as long as what waits: taking costs the same however many wait. */
  #compact(): void {
    if (this.#taken * 2 < this.#entries.length) return
    this.#entries = this.#entries.slice(this.#taken)
    this.#since = this.#since.slice(this.#taken)
    this.#taken = 0
  }
}
