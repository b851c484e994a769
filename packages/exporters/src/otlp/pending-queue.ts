/** Telemetry that is sent together: encoded once, sent until it has been delivered or given up. */
export interface Batch<Item> {
  readonly items: readonly Item[]
  /** Spans or data points. */
  readonly weight: number
  /** Number of its first item, in the order in which items came. */
  readonly first: number
  readonly body: Uint8Array
  /** When it was first sent. */
  readonly since: number
  /** Which run of failures it was last sent in: failures at one time are one failure. */
  round: number
  /** Whether it has been counted as delivered or lost. */
  isSettled: boolean
}

/** What waits to be put into batches, oldest first. */
export class PendingQueue<Item> {
  readonly #weigh: (item: Item) => number
  #items: Item[] = []
  #taken = 0
  #since: number[] = []
  /** Spans or data points. */
  weight = 0
  /** Number of the oldest item, in the order in which items came. */
  first = 0

  /** @param weigh spans or data points of an item, 1 or more */
  constructor(weigh: (item: Item) => number) {
    this.#weigh = weigh
  }

  /** How many items wait. */
  get length(): number {
    return this.#items.length - this.#taken
  }

  /** When the oldest item came; `undefined` if none waits. */
  get since(): number | undefined {
    return this.#since[this.#taken]
  }

  push(item: Item, now: number): void {
    this.#items.push(item)
    this.#since.push(now)
    this.weight += this.#weigh(item)
  }

  /** Takes the oldest items up to a weight, at least one. */
  take(weight: number): { readonly items: Item[]; readonly weight: number; readonly first: number } {
    const { first } = this
    const items: Item[] = []
    let taken = 0
    for (let next = this.#items[this.#taken]; next !== undefined; next = this.#items[this.#taken]) {
      const one = this.#weigh(next)
      if (items.length > 0 && taken + one > weight) break
      items.push(next)
      taken += one
      this.#taken += 1
    }
    this.weight -= taken
    this.first += items.length
    this.#compact()
    return { items, weight: taken, first }
  }

  /** What was taken is let go at the latest when it is as long as what waits: taking costs the same however many wait. */
  #compact(): void {
    if (this.#taken * 2 < this.#items.length) return
    this.#items = this.#items.slice(this.#taken)
    this.#since = this.#since.slice(this.#taken)
    this.#taken = 0
  }
}
