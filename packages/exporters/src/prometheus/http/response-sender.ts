import { setImmediate } from '@vr/otel-metrics/internal'
import type { ScrapeResponse } from './scrape-response.ts'

/** Bytes that all responses together are handed in one turn of the event loop: about half a millisecond. */
const TURN_BYTES = 256 * 1024

/** Writes in one turn of the event loop; a small answer costs as much for its head as 10 kB of a large one. */
const TURN_WRITES = 32

/** Bytes of one write: as many as a client that reads gets at a time, and those of one that does not, if there are many. */
const WRITE_BYTES = { most: 64 * 1024, least: 16 * 1024 }

/**
 * Bytes handed to responses and not taken from them, from which on a response gets the least only: once the clients read,
 * the operating system takes all of these in one turn.
 */
const MANY_IN_FLIGHT = 1024 * 1024

/**
 * Sends answers piece by piece, in turn, so that whatever the clients do, one turn of the event loop has little to do, and
 * a client that reads waits for no other.
 */
export class ResponseSender {
  /** Answers that have more to send, and whose clients took all that they were sent. */
  readonly #ready: ScrapeResponse[] = []
  #inFlight = 0
  #isScheduled = false

  /** Sends what the answer has begun with. Never throws; a response that cannot be written to is cut. */
  send(answer: ScrapeResponse): void {
    void answer.ended.then(() => {
      this.#inFlight -= answer.inFlight
      answer.inFlight = 0
    })
    this.#enqueue(answer)
  }

  #enqueue(answer: ScrapeResponse): void {
    this.#ready.push(answer)
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(this.#turn)
  }

  readonly #turn = (): void => {
    // What has been written in this turn goes out at its end: whether the clients take it shows later.
    const again: ScrapeResponse[] = []
    let bytes = TURN_BYTES
    for (let writes = 0; bytes > 0 && writes < TURN_WRITES; writes += 1) {
      const answer = this.#ready.shift() ?? again.shift()
      if (answer === undefined) break
      bytes -= this.#write(answer, bytes)
      if (!answer.isFullyWritten && this.#inFlight < MANY_IN_FLIGHT) again.push(answer)
    }
    this.#isScheduled = this.#ready.length > 0
    if (this.#isScheduled) setImmediate(this.#turn)
  }

  #write(answer: ScrapeResponse, most: number): number {
    const size = this.#inFlight < MANY_IN_FLIGHT ? WRITE_BYTES.most : WRITE_BYTES.least
    try {
      const bytes = answer.writeNext(Math.min(size, most), (taken) => this.#onDrained(answer, taken))
      this.#inFlight += bytes
      return bytes
    } catch {
      answer.abort()
      return 0
    }
  }

  #onDrained(answer: ScrapeResponse, bytes: number): void {
    this.#inFlight -= bytes
    if (answer.inFlight === 0 && !answer.isFullyWritten) this.#enqueue(answer)
  }
}
