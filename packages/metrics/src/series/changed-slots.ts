/** The slots of one stream that changed since they were last taken. Memory grows with the number of series, not of marks. */
export class ChangedSlots {
  #flags = new Uint8Array(16)
  #slots: number[] = []
  readonly #onFirst: () => void

  /** @param onFirst called for the first change after a take; must not throw */
  constructor(onFirst: () => void) {
    this.#onFirst = onFirst
  }

  /** Elements of changed slots are 1, others 0 or beyond the end. Marking a slot can replace the array; a replaced one is stale. */
  get flags(): Uint8Array {
    return this.#flags
  }

  /** Number of changed slots. */
  get count(): number {
    return this.#slots.length
  }

  /** Marks the slot, unless it is marked. */
  mark(slot: number): void {
    if (this.#flags[slot] !== 1) this.#add(slot)
  }

  /** Marks the slots from 0 to `count` - 1. */
  markAll(count: number): void {
    for (let slot = 0; slot < count; slot += 1) this.mark(slot)
  }

  /** Returns the changed slots in the order of their first change, and unmarks them. */
  take(): readonly number[] {
    const slots = this.#slots
    for (const slot of slots) this.#flags[slot] = 0
    this.#slots = []
    return slots
  }

  #add(slot: number): void {
    if (slot >= this.#flags.length) this.#grow(slot + 1)
    this.#flags[slot] = 1
    if (this.#slots.push(slot) === 1) this.#onFirst()
  }

  #grow(length: number): void {
    const flags = new Uint8Array(Math.max(length, 2 * this.#flags.length))
    flags.set(this.#flags)
    this.#flags = flags
  }
}
