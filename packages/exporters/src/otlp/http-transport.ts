import type { ClientRequest, ClientRequestArgs, IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import { limitConnect } from './connect-limit.ts'
import { createGzip } from './gzip.ts'
import { outcomeOfHttpStatus } from './http-status.ts'
import type { OtlpConnection } from './options.ts'
import { CLOSED, type Outcome, retry, type Transport } from './outcome.ts'
import { MAX_RESPONSE_BYTES, readResponse } from './response.ts'

type Http = typeof import('node:http')

/** Observation of outgoing calls, which a channel of Node tells of every one, leaves those of such an agent alone. */
const UNOBSERVED = Symbol.for('vr.otel.unobserved')

type Agent = InstanceType<Http['Agent']>

/** Only loaded when something is to be sent: values of `node:http` and `node:https` are never imported. */
const load = createRequire(import.meta.url)

/**
 * OTLP over HTTP/1.1. Requests are made by the class of `node:http` that its functions use, which instrumentation of
 * the application does not wrap: no span and no measurement comes of sending them.
 */
export class HttpTransport implements Transport {
  readonly address: string
  readonly #options: OtlpConnection
  readonly #http: Http = load('node:http')
  readonly #gzip: ((body: Uint8Array) => Promise<Buffer>) | undefined
  readonly #agent: Agent
  readonly #target: ClientRequestArgs
  readonly #isAddress: boolean
  readonly #requests = new Set<ClientRequest>()
  #isClosed = false

  /** @throws Error if the URL, or a certificate or key, cannot be used */
  constructor(options: OtlpConnection) {
    const url = new URL(options.url)
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const isSecure = url.protocol === 'https:'
    this.address = url.origin + url.pathname // neither credentials nor a query, which may be one
    this.#options = options
    this.#isAddress = (load('node:net') as typeof import('node:net')).isIP(host) !== 0
    this.#gzip = options.compression === 'gzip' ? createGzip() : undefined
    this.#agent = isSecure ? secureAgent(options) : new this.#http.Agent({ keepAlive: true })
    Object.defineProperty(this.#agent, UNOBSERVED, { value: true })
    const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port)
    const isJson = options.protocol === 'http/json'
    this.#target = {
      protocol: url.protocol,
      host,
      port,
      method: 'POST',
      path: url.pathname + url.search,
      agent: this.#agent,
      headers: {
        ...options.headers,
        'content-type': isJson ? 'application/json' : 'application/x-protobuf',
        'user-agent': 'vr-otel-exporters',
        ...(this.#gzip === undefined ? {} : { 'content-encoding': 'gzip' }),
      },
    }
  }

  async send(body: Uint8Array): Promise<Outcome> {
    try {
      const bytes = this.#gzip === undefined ? body : await this.#gzip(body)
      const first = await this.#attempt(bytes)
      // The server may close a connection that is kept open at the moment in which it is used again.
      return first === 'stale' ? ((await this.#attempt(bytes)) as Outcome) : first
    } catch (error) {
      return retry(String(error))
    }
  }

  #attempt(body: Uint8Array): Promise<Outcome | 'stale'> {
    if (this.#isClosed) return Promise.resolve(CLOSED)
    const { http, target } = { http: this.#http, target: this.#target }
    return new Promise((resolve) => {
      const request = new http.ClientRequest({
        ...target,
        headers: { ...(target.headers as object), 'content-length': body.length },
      })
      const timeout = this.#options.timeoutMillis ?? 10_000
      const timer = setTimeout(
        () => request.destroy(new Error(`no answer within ${timeout} ms`)),
        timeout,
      ).unref()
      const end = (outcome: Outcome | 'stale'): void => {
        clearTimeout(timer)
        this.#requests.delete(request)
        resolve(outcome)
      }
      this.#requests.add(request)
      request.on('socket', (socket) => limitConnect(socket, this.#isAddress))
      request.on('response', (response) => this.#read(response).then(end))
      request.on('error', (error: NodeJS.ErrnoException) => {
        const isStale = request.reusedSocket && error.code === 'ECONNRESET'
        end(isStale ? 'stale' : retry(error.message || (error.code ?? 'no connection')))
      })
      request.end(body)
    })
  }

  async #read(response: IncomingMessage): Promise<Outcome> {
    const status = response.statusCode ?? 0
    const body = await readBody(response)
    if (status >= 200 && status < 300) return readResponse(body, this.#options.protocol === 'http/json')
    return outcomeOfHttpStatus(status, response.headers['retry-after'], Date.now())
  }

  close(): void {
    this.#isClosed = true
    for (const request of this.#requests) request.destroy()
    this.#agent.destroy()
  }
}

/** What there is of a body, up to a limit: the status says all that matters. Never rejects. */
function readBody(response: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    response.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > MAX_RESPONSE_BYTES) response.destroy()
      else chunks.push(chunk)
    })
    response.on('error', () => {})
    response.on('close', () => resolve(Buffer.concat(chunks)))
  })
}

function secureAgent({ ca, cert, key }: OtlpConnection): Agent {
  const { Agent } = load('node:https') as typeof import('node:https')
  const { createSecureContext } = load('node:tls') as typeof import('node:tls')
  const secrets = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
  return new Agent({ keepAlive: true, secureContext: createSecureContext(secrets) })
}
