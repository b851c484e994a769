import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { clearTimeout, logger, setTimeout } from '@vr/otel-metrics/internal'
import type { MetricsHandler } from './handler.ts'
import { sendText } from './respond.ts'

/** Options of `createMetricsServer`. */
export interface MetricsServerOptions {
  /** The reader whose handler responds at `path`. */
  readonly reader: { readonly handler: MetricsHandler }
  /** Responds at `/ready`. Default: 200, as long as the process responds. */
  readonly ready?: RequestListener
  /** Address to listen on. Default `127.0.0.1`: reachable from this machine only. In a container use `0.0.0.0`. */
  readonly host?: string
  /** Port to listen on, `0` for any free one. Default 9464. */
  readonly port?: number
  /** Path of the metrics; a missing leading slash is added. Default `/metrics`. */
  readonly path?: string
  /** Returns the delay before an attempt (1 or more) to listen again, in milliseconds. Default: 1 s, doubled up to 30 s. */
  readonly backOff?: (attempt: number) => number
  /** Names of the settings for host and port in log messages. Default: the names of these options. */
  readonly settingNames?: { readonly host: string; readonly port: string }
}

/** A listener for metrics, `/health` and `/ready`. It does not keep the process alive. */
export interface MetricsServer {
  /** The underlying `node:http` server, created by the first `listen`. */
  readonly server: Server | undefined
  /**
   * Starts to listen; later calls return the same promise. Never rejects: if the port cannot be opened, the failure is
   * logged once and retried with exponential backoff until `close`; then the promise resolves with undefined.
   */
  listen(): Promise<AddressInfo | undefined>
  /** Stops listening and closes connections; responses in progress have one second to finish. */
  close(): Promise<void>
}

/** Marks a `node:http` server as a metrics server, also across copies of this package. */
const MARK = Symbol.for('vr.otel.metricsServer')

/** Returns whether a server belongs to a `MetricsServer`, so that its requests are not traffic of the application. */
export function isMetricsServer(server: object): boolean {
  return MARK in server
}

/** Creates a metrics server. Nothing is loaded or opened before `listen`. */
export function createMetricsServer(options: MetricsServerOptions): MetricsServer {
  return new Listener(options)
}

const CLOSE_TIMEOUT_MS = 1000

class Listener implements MetricsServer {
  readonly #options: MetricsServerOptions
  readonly #host: string
  readonly #port: number
  readonly #path: string
  server: Server | undefined
  #listening: Promise<AddressInfo | undefined> | undefined
  #settle: (address: AddressInfo | undefined) => void = () => {}
  #retry: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: MetricsServerOptions) {
    this.#options = options
    this.#host = options.host ?? '127.0.0.1'
    this.#port = options.port ?? 9464
    this.#path = (options.path ?? '/metrics').replace(/^([^/]|$)/, '/$1')
  }

  listen(): Promise<AddressInfo | undefined> {
    this.#listening ??= new Promise((resolve) => {
      this.#settle = resolve
      this.#open(0)
    })
    return this.#listening
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#retry)
    this.#settle(undefined)
    const { server } = this
    if (!server?.listening) return
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS)
    timer.unref()
    await closed
    clearTimeout(timer)
  }

  #open(failures: number): void {
    const server = createServer(this.#onRequest)
    this.server = server
    const onFailure = (error: NodeJS.ErrnoException): void => this.#failed(error, failures + 1)
    server.once('error', onFailure)
    // Exclusive: a worker of `node:cluster` listens by itself, not through its primary.
    server.listen({ port: this.#port, host: this.#host, exclusive: true }, () => {
      if (this.#isClosed) {
        server.close()
        return
      }
      // Later errors concern one connection, for example without free file descriptors. The server keeps listening.
      server.off('error', onFailure)
      server.on('error', (error) =>
        logger.error(`metrics endpoint: a connection failed: ${error.message}; the endpoint keeps listening`),
      )
      const address = server.address() as AddressInfo
      if (failures > 0) logger.info(`metrics endpoint started on ${this.#host}:${address.port}`)
      this.#settle(address)
    })
  }

  #failed(error: NodeJS.ErrnoException, failures: number): void {
    if (this.#isClosed) return
    if (failures === 1) logger.error(`metrics endpoint not started: ${this.#explain(error)}`)
    const wait = (this.#options.backOff ?? defaultBackOff)(failures)
    this.#retry = setTimeout(() => this.#open(failures), wait)
    this.#retry.unref()
  }

  /** What happened, what follows and what to do. */
  #explain(error: NodeJS.ErrnoException): string {
    const { host, port } = this.#options.settingNames ?? { host: 'the option host', port: 'the option port' }
    const retrying = 'retrying at least every 30 s'
    if (error.code === 'EADDRINUSE') {
      return `port ${this.#port} on ${this.#host} is in use; ${retrying}; set ${port} to use another port`
    }
    if (error.code === 'EACCES') {
      return `no permission to open port ${this.#port}; ${retrying}; set ${port} to a port above 1023`
    }
    return `cannot listen on ${this.#host}:${this.#port}: ${error.message}; ${retrying}; check ${host} and ${port}`
  }

  readonly #onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const path = originForm(request.url ?? '').split('?', 1)[0]
    if (path === this.#path) this.#options.reader.handler(request, response)
    else if (path === '/health') answerHealth(request, response, sendLive)
    else if (path === '/ready') answerHealth(request, response, this.#options.ready ?? sendLive)
    else sendText(response, 404, `not found; metrics are at ${this.#path}`)
  }
}

/**
 * Loads `node:http` here instead of importing it: an ES import evaluates its lazy exports, which load TLS, HTTP/2 and
 * zlib (20 ms).
 */
function createServer(onRequest: RequestListener): Server {
  const http = process.getBuiltinModule('node:http')
  const server = http.createServer({ headersTimeout: 10_000, requestTimeout: 10_000 }, onRequest)
  Object.defineProperty(server, MARK, { value: true })
  server.unref()
  server.on('connection', (socket) => socket.unref())
  return server
}

/** Returns path and query of a request target, also of one in absolute form (RFC 9112, section 3.2.2). */
function originForm(target: string): string {
  return target.replace(/^https?:\/\/[^/?#]+\/?/i, '/')
}

function answerHealth(request: IncomingMessage, response: ServerResponse, answer: RequestListener): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    sendText(response, 405, 'only GET and HEAD are allowed', { Allow: 'GET, HEAD' })
    return
  }
  answer(request, response)
}

function sendLive(_request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Content-Type', 'application/json')
  response.end('{}')
}

function defaultBackOff(attempt: number): number {
  return Math.min(1000 * 2 ** (attempt - 1), 30_000)
}
