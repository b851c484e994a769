/** Runs pieces of work one after the other, in the order in which they come. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve()

  /** Starts `work` when what came before has ended, and settles as it does. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work)
    this.#last = result.then(forget, forget)
    return result
  }
}

/** What waits for a piece of work must not hold its result. */
function forget(): void {}
