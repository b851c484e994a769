import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The loop of a worker was blocked, or the worker was stopped, during the part of a pause between two lines that exceeds this. */
const FREE_MS = 10

/** What an event of the ledger counts: a request, a stream that ended, or a job, which is either of them. */
export type LedgerEvent = 'request' | 'stream' | 'job'

/** What one worker of `cluster-ledger.mjs` has counted by itself. */
export class Ledger {
  readonly #lines: readonly (readonly [event: string, ms: number])[]

  private constructor(lines: readonly (readonly [event: string, ms: number])[]) {
    this.#lines = lines
  }

  /** Reads the ledger of a worker. A last line that was cut by the end of the process is an error. */
  static read(folder: string, worker: number): Ledger {
    const text = readFileSync(join(folder, String(worker)), 'utf8')
    if (text !== '' && !text.endsWith('\n')) throw new Error(`the ledger of worker ${worker} is cut`)
    const lines = text.split('\n').slice(0, -1)
    return new Ledger(
      lines.map((line) => {
        const [event = '', nanoseconds = ''] = line.split(' ')
        return [event, Number(BigInt(nanoseconds)) / 1e6]
      }),
    )
  }

  /** Returns how often the event occurred. */
  count(event: LedgerEvent): number {
    return this.#lines.filter(([each]) => each === event).length
  }

  /**
   * Returns how often the event occurred at least `ms` of running time before the last line. Running time is the time in which the
   * loop was free: a pause between two lines counts up to 10 ms.
   */
  countBefore(event: LedgerEvent, ms: number): number {
    let running = 0
    let count = 0
    let next = this.#lines.at(-1)?.[1] ?? 0
    for (const [each, time] of this.#lines.toReversed()) {
      running += Math.min(next - time, FREE_MS)
      next = time
      if (each === event && running >= ms) count++
    }
    return count
  }
}
