import { setImmediate } from '@vr/otel-metrics/internal'
import type { ScrapeResponse } from './scrape-response.ts'

/** Maximum number of bytes written to all responses in one turn of the event loop: about half a millisecond. */
const TURN_BYTES = 256 * 1024

/** Maximum number of writes in one turn; the head of a small response costs as much as 10 kB of a large one. */
const TURN_WRITES = 32

/** Bytes of one write; the smaller size applies while many bytes are in flight. */
const WRITE_BYTES = { large: 64 * 1024, small: 16 * 1024 }

/**
 * Number of bytes in flight (written and not drained) from which on writes are small: when the clients start to read, the
 * operating system takes all of these bytes in one turn.
 */
const MANY_IN_FLIGHT = 1024 * 1024

/**
 * Sends responses in parts and in rotation. One turn of the event loop has little work, whatever the clients do, and a
 * client that reads does not wait for others.
 */
export class ResponseSender {
  /** Responses with more to send whose clients have taken everything written so far. */
  readonly #ready: ScrapeResponse[] = []
  #inFlight = 0
  #isScheduled = false

  /** Sends the body of a started response. Never throws; a response that cannot be written to is aborted. */
  send(response: ScrapeResponse): void {
    void response.ended.then(() => {
      this.#inFlight -= response.inFlight
      response.inFlight = 0
    })
    this.#enqueue(response)
  }

  #enqueue(response: ScrapeResponse): void {
    this.#ready.push(response)
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(this.#turn)
  }

  readonly #turn = (): void => {
    // Bytes of this turn leave at its end; whether the clients take them is known later.
    const again: ScrapeResponse[] = []
    let bytes = TURN_BYTES
    for (let writes = 0; bytes > 0 && writes < TURN_WRITES; writes += 1) {
      const response = this.#ready.shift() ?? again.shift()
      if (response === undefined) break
      bytes -= this.#write(response, bytes)
      if (!response.isFullyWritten && this.#inFlight < MANY_IN_FLIGHT) again.push(response)
    }
    this.#isScheduled = this.#ready.length > 0
    if (this.#isScheduled) setImmediate(this.#turn)
  }

  #write(response: ScrapeResponse, maxBytes: number): number {
    const size = this.#inFlight < MANY_IN_FLIGHT ? WRITE_BYTES.large : WRITE_BYTES.small
    try {
      const bytes = response.writeNext(Math.min(size, maxBytes), (drained) =>
        this.#onDrained(response, drained),
      )
      this.#inFlight += bytes
      return bytes
    } catch {
      response.abort()
      return 0
    }
  }

  #onDrained(response: ScrapeResponse, bytes: number): void {
    this.#inFlight -= bytes
    if (response.inFlight === 0 && !response.isFullyWritten) this.#enqueue(response)
  }
}
