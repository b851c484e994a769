import { setImmediate } from 'node:timers/promises'

/** Measures the maximum CPU time of the main thread between two turns of the event loop. */
export class BlockMeter {
  #isRunning = false
  #longest = 0

  /** Starts a measurement. Uses all of the CPU until {@link stop}. */
  start(): void {
    this.#isRunning = true
    this.#longest = 0
    void this.#run()
  }

  /** Returns the longest block since the start, in CPU milliseconds. */
  stop(): number {
    this.#isRunning = false
    return this.#longest
  }

  async #run(): Promise<void> {
    while (this.#isRunning) {
      const before = process.threadCpuUsage()
      await setImmediate()
      const { user, system } = process.threadCpuUsage(before)
      this.#longest = Math.max(this.#longest, (user + system) / 1000)
    }
  }
}
