import type { ClientRequest, IncomingMessage } from 'node:http'
import { type Clock, processClock } from '../../clock.ts'
import { setImmediate } from '../../real-timers.ts'
import { runWithTracingSuppressed } from '../../suppress-tracing.ts'
import type { Dialect } from '../parse/dialect.ts'
import { FetchError } from './fetch-error.ts'
import { requestOptions } from './request-options.ts'
import { checkHead } from './response-head.ts'
import { httpModule, telemetryAgent } from './telemetry-agent.ts'

/** A complete response. */
export interface FetchedBody {
  readonly parts: readonly Uint8Array[]
  readonly bytes: number
  readonly dialect: Dialect
}

/** Limits of a fetch. */
export interface FetchOptions {
  /** Deadline of the whole response, in milliseconds. */
  readonly timeoutMs: number
  readonly maxBytes: number
  /** Aborts the fetch. */
  readonly signal?: AbortSignal
  readonly clock?: Clock
}

/**
 * Reads a metrics endpoint. Follows no redirects and accepts no compressed response. The request is neither measured nor
 * traced, and does not keep the process alive.
 * @returns rejects with a {@link FetchError}
 */
export function fetchBody(url: URL, options: FetchOptions): Promise<FetchedBody> {
  return new Promise((resolve, reject) => {
    runWithTracingSuppressed(() => new BodyFetch(url, options, resolve, reject))
  })
}

/** One fetch. It settles once, and then destroys its connection. */
class BodyFetch {
  readonly #request: ClientRequest
  readonly #maxBytes: number
  readonly #resolve: (body: FetchedBody) => void
  readonly #reject: (error: FetchError) => void
  readonly #cancel: () => void
  readonly #parts: Uint8Array[] = []
  #bytes = 0
  #isSettled = false

  constructor(
    url: URL,
    { timeoutMs, maxBytes, signal, clock = processClock }: FetchOptions,
    resolve: (body: FetchedBody) => void,
    reject: (error: FetchError) => void,
  ) {
    this.#maxBytes = maxBytes
    this.#resolve = resolve
    this.#reject = reject
    const expire = (): void =>
      this.#fail(new FetchError('timeout', `no complete response within ${timeoutMs} ms`))
    // If the event loop was blocked, the response may have arrived without being processed.
    const cancelTimer = clock.after(timeoutMs, () => setImmediate(expire), false)
    const abort = (): void => this.#fail(new FetchError('connection', 'the fetch was aborted'))
    signal?.addEventListener('abort', abort)
    this.#cancel = () => {
      cancelTimer()
      signal?.removeEventListener('abort', abort)
    }
    const { request } = httpModule(url.protocol)
    this.#request = request({ ...requestOptions(url, timeoutMs), agent: telemetryAgent(url.protocol) })
    this.#request
      .on('socket', (socket) => socket.unref())
      .on('error', (error) => this.#fail(connectionError(error)))
      .on('response', (response) => this.#onResponse(response))
      .end()
    if (signal?.aborted) abort()
  }

  #onResponse(response: IncomingMessage): void {
    // Node reports a body that ends early as an error.
    response.on('error', () => this.#fail(new FetchError('incomplete', 'the response ended early')))
    try {
      const dialect = checkHead(response, this.#maxBytes)
      response.on('data', (part: Buffer) => this.#onData(part))
      response.on('end', () => this.#succeed(dialect))
    } catch (error) {
      this.#fail(error as FetchError)
    }
  }

  #onData(part: Buffer): void {
    this.#bytes += part.length
    if (this.#bytes > this.#maxBytes) this.#fail(new FetchError('limit', `more than ${this.#maxBytes} bytes`))
    else if (part.includes(0)) this.#fail(new FetchError('encoding', 'the response is binary'))
    else this.#parts.push(part)
  }

  #succeed(dialect: Dialect): void {
    if (!this.#settle()) return
    this.#resolve({ parts: this.#parts, bytes: this.#bytes, dialect })
  }

  #fail(error: FetchError): void {
    if (!this.#settle()) return
    this.#parts.length = 0
    this.#reject(error)
  }

  #settle(): boolean {
    if (this.#isSettled) return false
    this.#isSettled = true
    this.#cancel()
    this.#request.destroy()
    return true
  }
}

/** Messages of Node can contain parts of a response; codes do not. */
function connectionError(error: NodeJS.ErrnoException): FetchError {
  return new FetchError('connection', `connection failed: ${error.code ?? 'unknown error'}`)
}
