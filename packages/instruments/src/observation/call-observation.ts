import type { Context } from '@opentelemetry/api'
import { boundedText } from '../cardinality/bounded-text.ts'
import type { GatewayInstruments } from '../instruments/catalog.ts'
import type { HttpSemconvInstruments } from '../instruments/http-semconv.ts'
import type { UpstreamResult } from './outcome.ts'

/** What is known of a call when it begins. */
export interface BegunCall {
  readonly method: string
  /** Returns the server that is called; asked once, when the call has ended. */
  readonly server: () => { readonly address: string; readonly port: number }
  /** That the call is made in. */
  readonly context: Context
}

/** The life of one HTTP call that the application makes, recorded by the semantic conventions. */
export class CallObservation {
  readonly #instruments: GatewayInstruments
  readonly #semconv: HttpSemconvInstruments
  readonly #call: BegunCall
  readonly #begunAt: number
  #context: Context
  #protocolVersion: string | undefined
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
  setContext(context: Context): void {
    this.#context = context
  }

  /**
   * The call has a connection.
   * @param protocolVersion such as `1.1` or `2`
   */
  sent(protocolVersion: string): void {
    this.#protocolVersion = protocolVersion
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
    const facts = {
      ...this.#call.server(),
      method: methods.label(this.#call.method),
      protocolVersion: this.#protocolVersion,
      status,
      errorType,
    }
    this.#semconv.clientEnded(facts, (now() - this.#begunAt) / 1000, this.#context)
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
  readonly cause?: unknown
}

/** What an answer says of the server that gave it. */
export function resultOfStatus(status: number): UpstreamResult {
  return status >= 500 || status === 429 ? 'failed' : 'ok'
}

/** `undefined` for a call that the application gave up itself: that says nothing of the other side. */
export function resultOfError(error: unknown): UpstreamResult | undefined {
  try {
    const { name, code, cause } = (error ?? {}) as ErrorLike
    if (name === 'TimeoutError' || nameOf(cause) === 'TimeoutError' || TIME_LIMITS.has(code))
      return 'timed_out'
    return name === 'AbortError' ? undefined : 'failed'
  } catch {
    return 'failed'
  }
}

/**
 * Returns the `error.type` of a call that failed: the code that Node or undici gave the error, or its name. Of an abort, it
 * is that of the signal's reason, so that it is the same for every client: `AbortError`, or `TimeoutError` of
 * `AbortSignal.timeout()`. `_OTHER` for what is no error. At most 256 characters.
 */
export function errorTypeOf(error: unknown): string {
  try {
    return nameOf(isAbort(error) && error.cause !== undefined ? error.cause : error)
  } catch {
    return OTHER_ERROR // a getter or a proxy of the application has thrown
  }
}

const OTHER_ERROR = '_OTHER'

function nameOf(error: unknown): string {
  const { name, code } = (error ?? {}) as ErrorLike
  if (typeof code === 'string' && code !== '' && !isAbort(error)) return boundedText(code)
  return typeof name === 'string' && name !== '' ? boundedText(name) : OTHER_ERROR
}

/** Whether an error is that of a call that the application gave up; undici and Node each give it a code of their own. */
function isAbort(error: unknown): error is ErrorLike {
  return (error as ErrorLike | null | undefined)?.name === 'AbortError'
}
