import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { clearTimeout, logger, setTimeout } from '@vr/otel-metrics/internal'
import type { MetricsHandler } from './handler.ts'
import { sendText } from './respond.ts'

/** Options of `createMetricsServer`. */
export interface MetricsServerOptions {
  /** Whose handler answers at `path`. */
  readonly reader: { readonly handler: MetricsHandler }
  /** Address to listen at. Default `127.0.0.1`: this machine only; in a container `0.0.0.0`. */
  readonly host?: string
  /** Port to listen at, `0` for any free one. Default 9464. */
  readonly port?: number
  /** Path of the metrics. Default `/metrics`; a slash in front is added. */
  readonly path?: string
  /** Milliseconds before the given attempt (from 1) to listen again. Default: 1 s, doubled up to 30 s. */
  readonly backOff?: (attempt: number) => number
}

/** A listener of its own for metrics, `/health` and `/ready`. It does not keep the process alive. */
export interface MetricsServer {
  /** The `node:http` server below, for those who must tell it from others; made by the first `listen`. */
  readonly server: Server | undefined
  /**
   * Starts to listen, at the first call. Never rejects: if the port cannot be had, it says so once and
   * tries again until it can, or until `close` (then the result is undefined).
   */
  listen(): Promise<AddressInfo | undefined>
  /** Stops listening and ends connections; answers under way get a second. */
  close(): Promise<void>
}

/** Marks a `node:http` server as ours, also across copies of this package. */
const MARK = Symbol.for('vr.otel.metricsServer')

/** Whether a server is the listener of a `MetricsServer`, whose requests are nobody's traffic. */
export function isMetricsServer(server: object): boolean {
  return MARK in server
}

/** Makes a metrics server; nothing is loaded or bound before `listen`. */
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
    const grace = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS)
    grace.unref()
    await closed
    clearTimeout(grace)
  }

  #open(failures: number): void {
    const server = createServer(this.#onRequest)
    this.server = server
    const onFailure = (error: NodeJS.ErrnoException): void => this.#failed(error, failures + 1)
    server.once('error', onFailure)
    server.listen({ port: this.#port, host: this.#host }, () => {
      if (this.#isClosed) {
        server.close()
        return
      }
      // What fails from now on is one connection, such as for want of file descriptors; the listener stays.
      server.off('error', onFailure)
      server.on('error', (error) => logger.error(`metrics server: ${error.message}`))
      const address = server.address() as AddressInfo
      if (failures > 0) logger.info(`metrics server: listens at ${this.#host}:${address.port} now`)
      this.#settle(address)
    })
  }

  #failed(error: NodeJS.ErrnoException, failures: number): void {
    if (this.#isClosed) return
    if (failures === 1)
      logger.error(`metrics server: ${listenFailure(error, this.#host, this.#port)}; trying again`)
    const wait = (this.#options.backOff ?? defaultBackOff)(failures)
    this.#retry = setTimeout(() => this.#open(failures), wait)
    this.#retry.unref()
  }

  readonly #onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const path = originForm(request.url ?? '').split('?', 1)[0]
    if (path === this.#path) this.#options.reader.handler(request, response)
    else if (path === '/health' || path === '/ready') answerHealth(request, response)
    else sendText(response, 404, `metrics are at ${this.#path}`)
  }
}

/**
 * `node:http` is fetched here and not imported: an ES import of it evaluates its lazy exports, which load
 * TLS, HTTP/2 and zlib (20 ms).
 */
function createServer(answer: RequestListener): Server {
  const http = process.getBuiltinModule('node:http')
  const server = http.createServer({ headersTimeout: 10_000, requestTimeout: 10_000 }, answer)
  Object.defineProperty(server, MARK, { value: true })
  server.unref()
  server.on('connection', (socket) => socket.unref())
  return server
}

/** The path and the query of a request target, also of one in absolute form (RFC 9112, 3.2.2). */
function originForm(target: string): string {
  return target.replace(/^https?:\/\/[^/?#]+\/?/i, '/')
}

function answerHealth(request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    sendText(response, 405, 'only GET and HEAD', { Allow: 'GET, HEAD' })
    return
  }
  response.setHeader('Content-Type', 'application/json')
  response.end('{}')
}

function defaultBackOff(attempt: number): number {
  return Math.min(1000 * 2 ** (attempt - 1), 30_000)
}

function listenFailure(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'EADDRINUSE') {
    return `port ${port} at ${host} is in use (another process or worker of this application? choose another port)`
  }
  if (error.code === 'EACCES')
    return `port ${port} may not be opened (ports below 1024 need rights; choose another)`
  return `cannot listen at ${host}:${port}: ${error.message}`
}
