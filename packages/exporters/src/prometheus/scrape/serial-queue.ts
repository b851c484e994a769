/** Runs asynchronous tasks one after the other, in the order of the calls. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve()

  /** Starts `task` when the previous tasks have ended, and settles as it does. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task)
    this.#last = result.then(ignoreResult, ignoreResult)
    return result
  }
}

/** The promise that later tasks wait for must not retain a result. */
function ignoreResult(): void {}
