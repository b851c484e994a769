import type { Socket } from 'node:net'
import { clearTimeout, epochNow, setTimeout } from '@vr/otel-metrics/internal'
import { createConnector } from './connector.ts'
import { parseExportResponse } from './export-response.ts'
import { createGzip } from './gzip.ts'
import { HttpConnection, StaleConnectionError } from './http-connection.ts'
import type { HttpResponse } from './http-response.ts'
import { outcomeOfHttpStatus } from './http-status.ts'
import type { OtlpConnectionOptions } from './options.ts'
import { usableHeaders } from './reserved-headers.ts'
import { retryable, type SendOutcome, TRANSPORT_CLOSED, type Transport } from './send-outcome.ts'

/**
 * OTLP over HTTP/1.1 on own connections, which no HTTP instrumentation observes: exports create no spans and
 * no measurements.
 */
export class HttpTransport implements Transport {
  readonly address: string
  readonly #options: OtlpConnectionOptions
  readonly #gzip: ((body: Uint8Array) => Promise<Buffer>) | undefined
  /** The request head without the length of the body. */
  readonly #head: string
  readonly #connect: () => Socket
  readonly #connections = new Set<HttpConnection>()
  #isClosed = false

  /** @throws Error if the URL, a header, a certificate or a key is invalid */
  constructor(options: OtlpConnectionOptions) {
    const url = new URL(options.url)
    this.address = url.origin + url.pathname // without credentials, and without the query, which can contain a secret
    this.#options = options
    this.#gzip = options.compression === 'gzip' ? createGzip() : undefined
    this.#head = headOf(url, options)
    this.#connect = createConnector(url, options, 'http/1.1')
  }

  async send(body: Uint8Array): Promise<SendOutcome> {
    try {
      const bytes = this.#gzip === undefined ? body : await this.#gzip(body)
      if (this.#isClosed) return TRANSPORT_CLOSED
      return this.#outcomeOf(await this.#request(bytes))
    } catch (error) {
      if (this.#isClosed) return TRANSPORT_CLOSED
      const { message, code } = error as NodeJS.ErrnoException
      return retryable(message || (code ?? 'no connection'))
    }
  }

  /**
   * Sends a request on an idle connection. If the server has closed it in the meantime, sends the request
   * once more on a new connection; other idle connections have probably been closed too.
   */
  async #request(body: Uint8Array): Promise<HttpResponse> {
    try {
      return await this.#attempt(body, this.#idleConnection() ?? this.#newConnection())
    } catch (error) {
      if (!(error instanceof StaleConnectionError) || this.#isClosed) throw error
      return this.#attempt(body, this.#newConnection())
    }
  }

  async #attempt(body: Uint8Array, connection: HttpConnection): Promise<HttpResponse> {
    const timeout = this.#options.timeoutMillis ?? 10_000
    const timeOut = (): void => connection.timeOut(new Error(`no response within ${timeout} ms`))
    const timer = setTimeout(timeOut, timeout).unref()
    try {
      return await connection.request(`${this.#head}content-length: ${body.length}\r\n\r\n`, body)
    } finally {
      clearTimeout(timer)
    }
  }

  #idleConnection(): HttpConnection | undefined {
    for (const connection of this.#connections) if (connection.isUsable) return connection
    return undefined
  }

  #newConnection(): HttpConnection {
    const made = new HttpConnection(this.#connect(), () => this.#connections.delete(made))
    this.#connections.add(made)
    return made
  }

  #outcomeOf({ status, headers, body }: HttpResponse): SendOutcome {
    if (status >= 200 && status < 300)
      return parseExportResponse(body, this.#options.protocol === 'http/json')
    return outcomeOfHttpStatus(status, headers.get('retry-after'), epochNow())
  }

  close(): void {
    this.#isClosed = true
    for (const connection of this.#connections) connection.destroy(new Error('closed'))
  }
}

/** Returns the request line, the user's headers and our own, without the length of the body. */
function headOf(url: URL, { protocol, compression, headers }: OtlpConnectionOptions): string {
  const all = {
    host: url.host,
    ...usableHeaders(headers),
    'content-type': protocol === 'http/json' ? 'application/json' : 'application/x-protobuf',
    'user-agent': 'vr-otel-exporters',
    ...(compression === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
  }
  const lines = [`POST ${url.pathname}${url.search} HTTP/1.1`]
  for (const [name, value] of Object.entries(all)) lines.push(`${name}: ${value}`)
  return `${lines.join('\r\n')}\r\n`
}
