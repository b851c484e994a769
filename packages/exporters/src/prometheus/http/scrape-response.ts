import type { Writable } from 'node:stream'
import { setImmediate } from '@vr/otel-metrics/internal'
import type { ScrapeBody } from '../scrape/scrape-body.ts'
import { type MetricsResponse, setHead, whenEnded } from './respond.ts'
import type { ScrapeTimeout } from './scrape-timeout.ts'

/** One answer to a scrape, from the arrival of the request until the response is over. */
export class ScrapeResponse {
  readonly response: MetricsResponse
  /** Whom the request came from; those that cannot be told apart have the same. */
  readonly client: string
  readonly timeout: ScrapeTimeout
  /** By the clock that sweeps. */
  readonly arrivedAt: number
  /** Settles when the response is over, however it ends. */
  readonly ended: Promise<void>
  /** Bytes handed to the response that have not been taken from it. */
  inFlight = 0
  /** How many sweeps ago the client last took something; see `AdmissionControl`. */
  idleSweeps = 0
  #body: ScrapeBody | undefined
  #hasEnded = false
  #chunk = 0
  #offset = 0

  constructor(response: MetricsResponse, client: string, timeout: ScrapeTimeout, arrivedAt: number) {
    this.response = response
    this.client = client
    this.timeout = timeout
    this.arrivedAt = arrivedAt
    this.ended = whenEnded(response).then(() => {
      this.#hasEnded = true
    })
  }

  /** What is being sent; undefined until there is something. */
  get body(): ScrapeBody | undefined {
    return this.#body
  }

  /** Whether there is nothing left to hand to the response, or nobody to take it. */
  get isFullyWritten(): boolean {
    return this.#hasEnded || this.#chunk === this.#body?.chunks.length
  }

  /** Starts to send. Status and headers go with the first bytes. */
  sendHead(payload: ScrapeBody): void {
    this.#body = payload
    const { contentType, encoding, byteLength, chunks } = payload
    setHead(this.response, 200, {
      'Content-Type': contentType,
      'Content-Length': byteLength,
      Vary: 'Accept, Accept-Encoding',
      ...(encoding === undefined ? {} : { 'Content-Encoding': encoding }),
    })
    if (chunks.length === 0) this.response.end()
  }

  /**
   * Hands the next bytes to the response, and ends it with the last of them. Nothing is copied.
   * @param most how many bytes at most
   * @param onTaken called later with their number, when they have left the response; not if the client goes away
   * @returns how many bytes
   */
  writeNext(most: number, onTaken: (bytes: number) => void): number {
    const chunk = this.#body?.chunks[this.#chunk]
    if (chunk === undefined || this.#hasEnded) return 0
    const bytes = chunk.subarray(this.#offset, this.#offset + most)
    this.#offset += bytes.byteLength
    if (this.#offset === chunk.byteLength) {
      this.#chunk += 1
      this.#offset = 0
    }
    this.inFlight += bytes.byteLength
    write(this.response, bytes, () => {
      if (this.#hasEnded) return
      this.inFlight -= bytes.byteLength
      this.idleSweeps = 0
      onTaken(bytes.byteLength)
    })
    if (this.isFullyWritten) this.response.end()
    return bytes.byteLength
  }

  /** Gives the answer up; the client gets less than its `Content-Length` says. */
  abort(): void {
    this.response.destroy()
  }
}

/**
 * Writes to a response. Middleware, for compression for one, may have put a `write` of its own on the response, and not
 * all of them call the callback; their result and the event `drain` are as they should be.
 */
function write(response: MetricsResponse, bytes: Buffer, onTaken: () => void): void {
  const stream: Writable = response
  if (!Object.hasOwn(stream, 'write')) stream.write(bytes, onTaken)
  else if (stream.write(bytes)) setImmediate(onTaken)
  else stream.once('drain', onTaken)
}
