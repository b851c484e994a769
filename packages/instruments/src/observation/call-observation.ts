import type { Context } from '@opentelemetry/api'
import type { GatewayInstruments } from '../instruments/catalog.ts'
import type { HttpSemconvInstruments } from '../instruments/http-semconv.ts'
import type { UpstreamResult } from './outcome.ts'

/** What is known of a call when it begins. */
export interface BegunCall {
  readonly method: string
  /** Of the server that is called, such as `http://127.0.0.1:8000`. */
  readonly origin: string | URL
  /** That the call is made in. */
  readonly context: Context
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

/** The life of one HTTP call that the application makes, recorded by the semantic conventions. */
export class CallObservation {
  readonly #instruments: GatewayInstruments
  readonly #semconv: HttpSemconvInstruments
  readonly #call: BegunCall
  readonly #begunAt: number
  #context: Context
  #status: number | undefined
  #hasEnded = false

  /** Begins the observation of a call that the running code makes. */
  constructor(instruments: GatewayInstruments, semconv: HttpSemconvInstruments, call: BegunCall) {
    this.#instruments = instruments
    this.#semconv = semconv
    this.#call = call
    this.#begunAt = instruments.now()
    this.#context = call.context
  }

  /** The context of the call, where it has a span of its own. */
  enter(context: Context): void {
    this.#context = context
  }

  /** The headers of the answer are there. */
  answered(status: number): void {
    this.#status = status
  }

  /** All of the answer is there. */
  ended(): void {
    this.#record(undefined)
  }

  /** The call failed, before the answer or in the middle of it. */
  failed(errorType: string): void {
    this.#record(errorType)
  }

  #record(failure: string | undefined): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    const { methods, now } = this.#instruments
    const status = this.#status
    const errorType = failure ?? (status !== undefined && status >= 400 ? String(status) : undefined)
    const facts = { ...this.#server(), method: methods.label(this.#call.method), status, errorType }
    this.#semconv.clientEnded(facts, (now() - this.#begunAt) / 1000, this.#context)
  }

  #server(): { readonly address: string; readonly port: number } {
    const { hostname, port, protocol } = new URL(this.#call.origin)
    return { address: hostname, port: port === '' ? (DEFAULT_PORTS[protocol] ?? 0) : Number(port) }
  }
}

const TIME_LIMITS: ReadonlySet<unknown> = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
])

interface ErrorLike {
  readonly name?: unknown
  readonly code?: unknown
  readonly cause?: { readonly name?: unknown } | undefined
}

/** What an answer says of the server that gave it. */
export function resultOfStatus(status: number): UpstreamResult {
  return status >= 500 || status === 429 ? 'failed' : 'ok'
}

/** `undefined` for a call that the application gave up itself: that says nothing of the other side. */
export function resultOfError(error: unknown): UpstreamResult | undefined {
  const { name, code, cause } = (error ?? {}) as ErrorLike
  if (name === 'TimeoutError' || cause?.name === 'TimeoutError' || TIME_LIMITS.has(code)) return 'timed_out'
  return name === 'AbortError' ? undefined : 'failed'
}

/** `error.type`: the code of Node or undici where there is one, else the name of the error. */
export function errorTypeOf(error: unknown): string {
  const { name, code } = (error ?? {}) as ErrorLike
  return typeof code === 'string' ? code : typeof name === 'string' ? name : '_OTHER'
}
