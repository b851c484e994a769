import type { Writable } from 'node:stream'
import { setImmediate } from '@vr/otel-metrics/internal'
import type { ScrapeBody } from '../scrape/scrape-body.ts'
import { type MetricsResponse, setHead, whenEnded } from './respond.ts'
import type { ScrapeTimeout } from './scrape-timeout.ts'

/** The response to one scrape, from the arrival of the request to the end of the response. */
export class ScrapeResponse {
  readonly response: MetricsResponse
  /** Identifies the client, see `clientNetworkOf`. */
  readonly client: string
  readonly timeout: ScrapeTimeout
  /** Arrival of the request, by the clock of the admission control. */
  readonly arrivedAt: number
  /** Resolves when the response has ended, however it ended. */
  readonly ended: Promise<void>
  /** Bytes that were written to the response and are not drained yet. */
  inFlight = 0
  /** Number of sweeps of the admission control since the client last read data. */
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

  /** The body; undefined before {@link start}. */
  get body(): ScrapeBody | undefined {
    return this.#body
  }

  /** Whether all bytes are written, or the response has ended. */
  get isFullyWritten(): boolean {
    return this.#hasEnded || this.#chunk === this.#body?.chunks.length
  }

  /** Sets the body, the status and the headers, which are sent with the first bytes. */
  start(body: ScrapeBody): void {
    this.#body = body
    const { contentType, encoding, byteLength, chunks } = body
    setHead(this.response, 200, {
      'Content-Type': contentType,
      'Content-Length': byteLength,
      Vary: 'Accept, Accept-Encoding',
      ...(encoding === undefined ? {} : { 'Content-Encoding': encoding }),
    })
    if (chunks.length === 0) this.response.end()
  }

  /**
   * Writes the next bytes to the response, without a copy, and ends it after the last ones.
   * @param maxBytes maximum number of bytes
   * @param onDrained called with their number when they have left the response; not called if the client disconnects
   * @returns the number of bytes written
   */
  writeNext(maxBytes: number, onDrained: (bytes: number) => void): number {
    const chunk = this.#body?.chunks[this.#chunk]
    if (chunk === undefined || this.#hasEnded) return 0
    const bytes = chunk.subarray(this.#offset, this.#offset + maxBytes)
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
      onDrained(bytes.byteLength)
    })
    if (this.isFullyWritten) this.response.end()
    return bytes.byteLength
  }

  /** Aborts the response: the client gets less than `Content-Length`. */
  abort(): void {
    this.response.destroy()
  }
}

/**
 * Writes to a response. Middleware such as compression can replace `write` by a function that ignores the callback; its
 * return value and the event `drain` still work.
 */
function write(response: MetricsResponse, bytes: Buffer, onDrained: () => void): void {
  const stream: Writable = response
  if (!Object.hasOwn(stream, 'write')) stream.write(bytes, onDrained)
  else if (stream.write(bytes)) setImmediate(onDrained)
  else stream.once('drain', onDrained)
}
