import type { Context } from '@opentelemetry/api'
import { boundedText } from '../cardinality/bounded-text.ts'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import type { HttpSemconvInstruments } from '../instruments/http-semconv.ts'
import type { UpstreamResult } from './outcome.ts'

/** An outgoing call at its start. */
export interface StartedCall {
  readonly method: string
  /** Returns the server of the call. Called once, when the call has ended. */
  readonly server: () => { readonly address: string; readonly port: number }
  /** The context in which the call is made. */
  readonly context: Context
}

/** Records one outgoing HTTP call by the semantic conventions. */
export class CallObservation {
  readonly #instruments: GatewayInstruments
  readonly #semconv: HttpSemconvInstruments
  readonly #call: StartedCall
  readonly #startedAt: number
  #context: Context
  #protocolVersion: string | undefined
  #status: number | undefined
  #hasEnded = false

  /** Starts the observation of a call that the running code makes. */
  constructor(instruments: GatewayInstruments, semconv: HttpSemconvInstruments, call: StartedCall) {
    this.#instruments = instruments
    this.#semconv = semconv
    this.#call = call
    this.#startedAt = instruments.now()
    this.#context = call.context
  }

  /** Sets the context that has the client span of the call. */
  setContext(context: Context): void {
    this.#context = context
  }

  /**
   * Called when the call has a connection.
   * @param protocolVersion such as `1.1` or `2`
   */
  connected(protocolVersion: string): void {
    this.#protocolVersion = protocolVersion
  }

  /** Called when the headers of the response have arrived. */
  statusReceived(status: number): void {
    this.#status = status
  }

  /** Called when the response has been received completely. */
  completed(): void {
    this.#record(undefined)
  }

  /** Called when the call failed, before or during its response. */
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
    this.#semconv.clientEnded(facts, (now() - this.#startedAt) / 1000, this.#context)
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

/** Returns the result of a response for the request that the call was made for. */
export function resultOfStatus(status: number): UpstreamResult {
  return status >= 500 || status === 429 ? 'failed' : 'ok'
}

/** Returns the result of an error; `undefined` if the application aborted the call, which is not a result of the server. */
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
 * Returns the `error.type` of a failed call: the error code of Node or undici, or the name of the error. For an abort it is
 * that of the signal's reason, so that it is the same for every client: `AbortError`, or `TimeoutError` of
 * `AbortSignal.timeout()`. `_OTHER` for a value that is not an error. At most 256 characters.
 */
export function errorTypeOf(error: unknown): string {
  try {
    return nameOf(isAbort(error) && error.cause !== undefined ? error.cause : error)
  } catch {
    return OTHER_ERROR // a getter or proxy of the application threw
  }
}

const OTHER_ERROR = '_OTHER'

function nameOf(error: unknown): string {
  const { name, code } = (error ?? {}) as ErrorLike
  if (typeof code === 'string' && code !== '' && !isAbort(error)) return boundedText(code)
  return typeof name === 'string' && name !== '' ? boundedText(name) : OTHER_ERROR
}

/** Returns whether an error is an abort by the application. Undici and Node use different codes for it. */
function isAbort(error: unknown): error is ErrorLike {
  return (error as ErrorLike | null | undefined)?.name === 'AbortError'
}
