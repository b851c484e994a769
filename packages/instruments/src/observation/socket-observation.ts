import type { Context } from '@opentelemetry/api'
import type { GatewayInstruments } from '../instruments/catalog.ts'
import { internalErrors } from '../instruments/internal-errors.ts'
import type { RequestTrace } from '../tracing/request-tracer.ts'
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
  readonly #trace: RequestTrace
  #template: string | undefined
  #isHandshakeOver = false

  /**
   * @param method of the handshake
   * @param trace started for the handshake
   */
  constructor(instruments: GatewayInstruments, method: string | undefined, trace: RequestTrace) {
    this.#instruments = instruments
    this.#method = methodLabel(instruments, method)
    this.#trace = trace
  }

  /** Distinguishes a connection from a request. */
  get kind(): 'socket' {
    return 'socket'
  }

  /** `true`: the trace of a handshake starts before its observation. */
  get hasTrace(): true {
    return true
  }

  /** The context in which the application handles the handshake and the events of the connection. */
  get context(): Context {
    return this.#trace.context
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
      if (!this.#trace.isRecording()) return
      this.#trace.end({
        method: this.#method,
        route: this.#template,
        status,
        errorType: errorType(cause, undefined, status),
        outcome: undefined,
        stream: undefined,
      })
    } catch (error) {
      internalErrors.report('request_span', error)
    }
  }
}
