import { type Context, type Span, trace } from '@opentelemetry/api'
import type { GatewayInstruments } from '../instruments/catalog.ts'
import { internalErrors } from '../instruments/internal-errors.ts'
import { describeOwnSpan, describeRequestSpan } from '../tracing/request-span.ts'
import { methodLabel } from './method-label.ts'
import { errorType, type TerminationCause, type UpstreamResult } from './outcome.ts'

/**
 * Observes a connection that a client asked to upgrade from HTTP/1 to another protocol, such as WebSocket (RFC 9110
 * section 7.8): the handshake first, then the connection until it closes. None of it counts as an HTTP request.
 *
 * The span covers the handshake. It ends with the application's response, or when the connection closes without one.
 * The context stays that of the connection: its messages are handled in it. Of the methods only
 * {@link SocketObservation.setRoute} can throw.
 */
export class SocketObservation {
  readonly #instruments: GatewayInstruments
  readonly #method: string
  readonly #context: Context
  readonly #hasTrace: boolean
  #template: string | undefined
  #isHandshakeOver = false

  /**
   * @param method of the handshake
   * @param context of the handshake, with the span that was created for it
   */
  constructor(instruments: GatewayInstruments, method: string | undefined, context: Context) {
    this.#instruments = instruments
    this.#method = methodLabel(instruments, method)
    this.#context = context
    this.#hasTrace = trace.getSpan(context) !== undefined
  }

  /** Distinguishes a connection from a request. */
  get kind(): 'socket' {
    return 'socket'
  }

  /** Whether a trace has begun, sampled or not. */
  get hasTrace(): boolean {
    return this.#hasTrace
  }

  /** The context in which the application handles the handshake and the events of the connection. */
  get context(): Context {
    return this.#context
  }

  /** Sets the route template that matched the handshake, as the framework spells it; the last call before its end counts. */
  setRoute(template: string | undefined): void {
    this.#template = template && this.#instruments.routes.stored(template)
  }

  /** Does nothing: no measurement of a connection depends on the outgoing calls of its handlers. */
  setUpstreamResult(_result: UpstreamResult): void {}

  /**
   * Called when the application answers the handshake.
   * @param status `101` accepts the handshake, any other refuses it; `undefined`: the answer is not HTTP
   */
  handshakeAnswered(status: number | undefined): void {
    this.#endHandshake('finished', status)
  }

  /** Called when the connection has closed, whether the handshake was answered or not. */
  closed(cause: TerminationCause): void {
    this.#endHandshake(cause, undefined)
  }

  #endHandshake(cause: TerminationCause, status: number | undefined): void {
    if (this.#isHandshakeOver) return
    this.#isHandshakeOver = true
    try {
      const span = trace.getSpan(this.#context)
      if (span?.isRecording()) this.#endSpan(span, cause, status)
    } catch (error) {
      internalErrors.report('request_span', error)
    }
  }

  #endSpan(span: Span, cause: TerminationCause, status: number | undefined): void {
    try {
      describeRequestSpan(span, {
        method: this.#method,
        route: this.#template,
        errorType: errorType(cause, undefined, status),
        outcome: undefined,
        stream: undefined,
      })
      describeOwnSpan(span, status)
    } finally {
      span.end()
    }
  }
}
