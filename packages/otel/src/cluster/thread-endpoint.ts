/** Ports have 16 bits; the other bits of the cell have the thread. */
const PORT_MASK = 0xffff

/**
 * The port of this process on which servers answer scrapes: that of the first one that listens, in any thread. Servers of several
 * threads on one port (`reusePort`) all answer. All threads share the port in memory, without messages, because a server has to
 * decide at once whether a request is a scrape.
 */
export class ThreadEndpoint {
  /** Shared by all threads of the process. */
  readonly memory: SharedArrayBuffer
  /** One cell: the port and the thread whose server was the first; 0 without a server. */
  readonly #cell: Int32Array
  readonly #threadId: number
  /** Value of the cell that this thread has set. */
  #claimed = 0

  constructor(threadId: number, memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.#threadId = threadId
    this.memory = memory
    this.#cell = new Int32Array(memory)
  }

  /**
   * Returns whether a server of this thread that listens on `port` answers scrapes. The caller claims another port only when its
   * server on the former one has closed.
   */
  claim(port: number): boolean {
    const claim = cellOf(this.#threadId, port)
    if (this.#claimed !== 0 && this.#claimed !== claim) this.#replace(this.#claimed, 0)
    const isFirst = this.#replace(0, claim)
    if (isFirst) this.#claimed = claim
    return isFirst || (Atomics.load(this.#cell, 0) & PORT_MASK) === port
  }

  /** Removes the claim of a thread that has ended. */
  release(threadId: number): void {
    const value = Atomics.load(this.#cell, 0)
    if (value === cellOf(threadId, value & PORT_MASK)) this.#replace(value, 0)
  }

  /** Sets the cell if it has a value. Returns whether it had. */
  #replace(value: number, replacement: number): boolean {
    return Atomics.compareExchange(this.#cell, 0, value, replacement) === value
  }
}

/** The thread's id is cut to 16 bits. */
const cellOf = (threadId: number, port: number): number => (threadId << 16) | port
