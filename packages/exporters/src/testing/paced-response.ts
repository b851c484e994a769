import { Writable } from 'node:stream'
import type { MetricsResponse } from '../prometheus/http/respond.ts'

/**
 * A response whose client takes a write after `turns` turns of the event loop; never, if `turns` is
 * undefined.
 */
export class PacedResponse extends Writable {
  statusCode = 0
  written = 0
  pending = 0
  readonly headersSent = false
  #turnsLeft = 0
  readonly #turns: number | undefined
  #take: (() => void) | undefined

  constructor(turns: number | undefined) {
    super({ highWaterMark: 64 * 1024 })
    this.#turns = turns
  }

  setHeader(): void {}

  /** This object as a response, for code that uses only the methods above. */
  asResponse(): MetricsResponse {
    return this as unknown as MetricsResponse
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written += chunk.byteLength
    this.pending += chunk.byteLength
    this.#take = () => {
      this.pending -= chunk.byteLength
      done()
    }
    this.#turnsLeft = this.#turns ?? Number.POSITIVE_INFINITY
    if (this.#turnsLeft === 0) this.turn()
  }

  turn(): void {
    this.#turnsLeft -= 1
    const take = this.#take
    if (this.#turnsLeft >= 0 || take === undefined) return
    this.#take = undefined
    take()
  }
}
