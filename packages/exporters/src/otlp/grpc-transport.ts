import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { clearTimeout, setTimeout } from '@vr/otel-metrics/internal'
import { createConnector } from './connector.ts'
import type { Signal } from './delivery-stats.ts'
import { MAX_RESPONSE_BYTES, parseExportResponse } from './export-response.ts'
import { type GrpcStatus, grpcStatusOfHttp, outcomeOfGrpcStatus } from './grpc-status.ts'
import { createGzip } from './gzip.ts'
import type { OtlpConnectionOptions } from './options.ts'
import { usableHeaders } from './reserved-headers.ts'
import { retryable, type SendOutcome, TRANSPORT_CLOSED, type Transport } from './send-outcome.ts'

const load = createRequire(import.meta.url)

const METHODS: Readonly<Record<Signal, string>> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
}

/** Length of the message prefix: one byte compressed flag, four bytes length, big endian. */
const PREFIX = 5

/** Response to a call; headers are empty if the stream was closed without a response. */
interface GrpcResponse {
  readonly headers: IncomingHttpHeaders
  readonly trailers: IncomingHttpHeaders
  readonly body: Buffer
}

/**
 * Unary gRPC calls of one method over `node:http2`. See docs/decisions/own-otlp-transports.md for the reasons
 * against `@grpc/grpc-js`.
 */
export class GrpcTransport implements Transport {
  readonly address: string
  readonly #method: string
  readonly #url: URL
  readonly #http2: typeof import('node:http2') = load('node:http2')
  readonly #gzip: ((body: Uint8Array) => Promise<Buffer>) | undefined
  readonly #userHeaders: Readonly<Record<string, string>>
  readonly #timeout: number
  readonly #connect: () => Socket
  readonly #sessions = new Set<ClientHttp2Session>()
  #session: ClientHttp2Session | undefined
  #isClosed = false

  /** @throws Error if the URL, a header, a certificate or a key is invalid */
  constructor(options: OtlpConnectionOptions, signal: Signal) {
    this.#url = new URL(options.url)
    this.address = this.#url.origin
    this.#method = METHODS[signal]
    this.#userHeaders = usableHeaders(options.headers)
    this.#timeout = options.timeoutMillis ?? 10_000
    this.#gzip = options.compression === 'gzip' ? createGzip() : undefined
    this.#connect = createConnector(this.#url, options, 'h2')
  }

  async send(body: Uint8Array): Promise<SendOutcome> {
    const frame = await this.#frame(body)
    if (this.#isClosed) return TRANSPORT_CLOSED
    return new Promise((resolve) => {
      let stream: ClientHttp2Stream
      try {
        stream = this.#connected().request(this.#headers())
      } catch (error) {
        this.#session = undefined
        return resolve(retryable(String(error)))
      }
      const timer = setTimeout(() => this.#timeOut(stream), this.#timeout).unref()
      readGrpcResponse(stream).then(
        (response) => resolve(outcomeOf(response)),
        (error: unknown) => resolve(retryable(messageOf(error))),
      )
      stream.on('close', () => clearTimeout(timer))
      stream.end(frame)
    })
  }

  /**
   * Called at the deadline of a call. Closes the session too: it may hang, so the next call opens a new one.
   */
  #timeOut(stream: ClientHttp2Stream): void {
    const { session } = stream
    stream.destroy(new Error(`no response within ${this.#timeout} ms`))
    if (session !== undefined && session === this.#session) this.#session = undefined
    session?.destroy()
  }

  #connected(): ClientHttp2Session {
    const open = this.#session
    if (open !== undefined && !open.closed && !open.destroyed) return open
    const session = this.#http2.connect(this.#url, { createConnection: this.#connect })
    const remove = (): void => {
      this.#sessions.delete(session)
      if (this.#session === session) this.#session = undefined
    }
    session.on('error', remove).on('close', remove)
    // Running calls finish on it; new calls open another session.
    session.on('goaway', () => {
      if (this.#session === session) this.#session = undefined
    })
    session.unref()
    this.#sessions.add(session)
    this.#session = session
    return session
  }

  #headers(): Record<string, string> {
    return {
      ...this.#userHeaders,
      ':method': 'POST',
      ':path': this.#method,
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-timeout': `${this.#timeout}m`,
      'grpc-accept-encoding': 'identity',
      'user-agent': 'vr-otel-exporters',
      ...(this.#gzip === undefined ? {} : { 'grpc-encoding': 'gzip' }),
    }
  }

  async #frame(body: Uint8Array): Promise<Buffer> {
    const message = this.#gzip === undefined ? body : await this.#gzip(body)
    const frame = Buffer.allocUnsafe(PREFIX + message.length)
    frame.writeUInt8(this.#gzip === undefined ? 0 : 1, 0)
    frame.writeUInt32BE(message.length, 1)
    frame.set(message, PREFIX)
    return frame
  }

  close(): void {
    this.#isClosed = true
    for (const session of this.#sessions) session.destroy()
  }
}

/** Resolves when the stream has ended; rejects if it was aborted. */
function readGrpcResponse(stream: ClientHttp2Stream): Promise<GrpcResponse> {
  return new Promise((resolve, reject) => {
    let headers: IncomingHttpHeaders = {}
    let trailers: IncomingHttpHeaders = {}
    const chunks: Buffer[] = []
    let length = 0
    stream.on('response', (received) => (headers = received))
    stream.on('trailers', (received) => (trailers = received))
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > MAX_RESPONSE_BYTES) stream.destroy(new Error('the response is too long'))
      else chunks.push(chunk)
    })
    stream.on('error', reject)
    stream.on('close', () => resolve({ headers, trailers, body: Buffer.concat(chunks) }))
  })
}

/** Returns the message of the connection error that aborted the stream, if there is one. */
function messageOf(error: unknown): string {
  const { cause, message } = error as Error
  return cause instanceof Error ? cause.message : message
}

function outcomeOf({ headers, trailers, body }: GrpcResponse): SendOutcome {
  const status = readStatus('grpc-status' in trailers ? trailers : headers)
  if (status === undefined) {
    const http = Number(headers[':status'] ?? 0)
    if (http === 0 || http === 200) return retryable('the connection was closed before a response')
    return outcomeOfGrpcStatus(grpcStatusOfHttp(http))
  }
  return status.code === 0 ? parseExportResponse(body.subarray(PREFIX), false) : outcomeOfGrpcStatus(status)
}

function readStatus(headers: IncomingHttpHeaders): GrpcStatus | undefined {
  const code = headers['grpc-status']
  if (code === undefined) return undefined
  const details = headers['grpc-status-details-bin']
  return {
    code: Number(code),
    message: percentDecoded(String(headers['grpc-message'] ?? '')),
    details: details === undefined ? undefined : Buffer.from(String(details), 'base64'),
  }
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
