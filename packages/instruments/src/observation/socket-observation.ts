import type { Context } from '@opentelemetry/api'
import { UNMATCHED_ROUTE } from '../cardinality/route.ts'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { internalErrors } from '../instruments/internal-errors.ts'
import type { RequestTrace } from '../tracing/request-tracer.ts'
import type { ToolCallRequested } from '../wire/facts.ts'
import type { FrameExtensions } from '../wire/frame-sink.ts'
import type { SessionTools } from './llm-session.ts'
import { methodLabel } from './method-label.ts'
import { errorType, type TerminationCause, type UpstreamResult } from './outcome.ts'
import { RequestTools } from './request-tools.ts'
import { WebSocketObservation } from './websocket-observation.ts'

/** A handshake that has just arrived. */
export interface IncomingHandshake {
  readonly method: string | undefined
  /** Request target as received. Its path is matched against the configured templates if nothing else gives a route. */
  readonly target?: string | undefined
  /** Whether the client asks for a WebSocket. */
  readonly isWebSocket: boolean
  /** Started for the handshake, or that of the context in which it arrived. */
  readonly trace: RequestTrace
  /** Whether `trace` was started for the handshake: its context then is that of the connection. */
  readonly hasTrace: boolean
}

/** The response that accepts a WebSocket handshake. */
export interface AcceptedHandshake {
  /** `101`, over HTTP/2 `200`. */
  readonly status: number
  readonly extensions: FrameExtensions
}

/**
 * Observes a connection that a client asked to upgrade from HTTP to another protocol, such as WebSocket (RFC 9110
 * section 7.8, RFC 8441): the handshake first, then the connection until it closes. None of it counts as an HTTP request.
 *
 * The span covers the handshake. It ends with the application's response, or when the connection closes without one.
 * The context stays that of the connection: its messages are handled in it, except during a turn of an LLM session. A connection that was upgraded to a protocol
 * other than WebSocket is only traced.
 */
export class SocketObservation implements SessionTools {
  readonly #instruments: GatewayInstruments
  readonly #method: string
  readonly #trace: RequestTrace
  /** Whether a trace was started for the handshake. */
  readonly hasTrace: boolean
  /** Measures the connection; `undefined` if it is no WebSocket. */
  #webSocket: WebSocketObservation | undefined
  readonly #target: string | undefined
  #template: string | undefined
  /** Whether the application has set the template. */
  #isRouteSet = false
  /** The path that a WebSocket server is configured for. */
  #serverPath: string | undefined
  #isHandshakeOver = false
  #tools: RequestTools | undefined
  #isLlmSession = false
  #isClosed = false

  /** Begins with the handshake. */
  constructor(instruments: GatewayInstruments, handshake: IncomingHandshake) {
    this.#instruments = instruments
    this.#method = methodLabel(instruments, handshake.method)
    this.#target = handshake.target
    this.#trace = handshake.trace
    this.hasTrace = handshake.hasTrace
    const isMeasured = handshake.isWebSocket && instruments.measuresWebSockets
    this.#webSocket = isMeasured ? new WebSocketObservation(instruments, this) : undefined
  }

  /** Distinguishes a connection from a request. */
  get kind(): 'socket' {
    return 'socket'
  }

  /** The context of the handshake. */
  get context(): Context {
    return this.#trace.context
  }

  /** The context in which the application handles events of the connection: that of the turn of an LLM session, if one is in progress. */
  get eventContext(): Context {
    return this.#webSocket?.turnContext ?? this.context
  }

  /** The tool calls of the connection. Created at the first access, which is to be made only for facts about tool calls. */
  get tools(): RequestTools {
    if (this.#tools !== undefined) return this.#tools
    this.#tools = new RequestTools(this.#instruments, () => this.eventContext, !this.#isLlmSession)
    if (this.#isClosed) this.#tools.end() // for an engine call that outlives the connection
    return this.#tools
  }

  sessionRecognised(): void {
    this.#isLlmSession = true
    if (this.#tools !== undefined) this.#tools.countsEachLoop = false
  }

  callShown(fact: ToolCallRequested): void {
    if (this.#instruments.measuresTools) this.tools.requestedByGateway(fact)
  }

  turnsEnded(context: Context): void {
    this.#tools?.turnEnded(context)
  }

  /** `undefined` if the connection is no WebSocket, or WebSockets are not measured. */
  get webSocket(): WebSocketObservation | undefined {
    return this.#webSocket
  }

  /** Sets the route template of the application's code; the last call before the end of the handshake counts. */
  setRoute(template: string | undefined): void {
    this.#isRouteSet = true
    this.#template = template && this.#instruments.routes.stored(template)
  }

  /**
   * Sets the route template that matched the handshake, in the syntax of the framework; the last call before its end counts,
   * unless {@link SocketObservation.setRoute} is called.
   */
  setFrameworkRoute(template: string | undefined): void {
    if (!this.#isRouteSet) this.#template = template && this.#instruments.routes.stored(template)
  }

  /** Sets the path that the WebSocket server is configured for: the route if no framework sets one. */
  setServerPath(path: string): void {
    this.#serverPath = this.#instruments.routes.stored(path)
  }

  /** Does nothing: no measurement of a connection depends on the outgoing calls of its handlers. */
  setUpstreamResult(_result: UpstreamResult): void {}

  /** Called when the application accepts the handshake and the connection is a WebSocket from now on. */
  accepted({ status, extensions }: AcceptedHandshake): void {
    if (this.#isHandshakeOver) return
    this.#endHandshake('finished', status)
    this.#webSocket?.accept(this.#routeLabel(), this.#trace, extensions)
  }

  /**
   * Called when the application answers the handshake otherwise.
   * @param status `101` if the connection has another protocol from now on; `undefined`: the answer is not HTTP
   */
  answered(status: number | undefined): void {
    if (this.#isHandshakeOver) return
    this.#endHandshake('finished', status)
    if (status !== 101) this.#webSocket?.reject(this.#routeLabel(), this.context)
    this.#webSocket = undefined
  }

  /** Called when the connection has closed, whether the handshake was answered or not. */
  closed(cause: TerminationCause): void {
    this.#isClosed = true
    if (!this.#isHandshakeOver) {
      this.#endHandshake(cause, undefined)
      this.#webSocket?.reject(this.#routeLabel(), this.context)
    }
    this.#webSocket?.end(cause)
    this.#tools?.end()
    this.#webSocket = undefined
  }

  /** The template that the handshake is recorded with. */
  get #chosenTemplate(): string | undefined {
    const template = this.#template ?? this.#serverPath
    return this.#isRouteSet ? template : this.#instruments.routes.choose(template, this.#target)
  }

  #routeLabel(): string {
    if (this.#webSocket === undefined) return UNMATCHED_ROUTE
    try {
      const { routes, now } = this.#instruments
      return routes.label(this.#chosenTemplate, now())
    } catch (error) {
      internalErrors.report('request_label', error)
      return UNMATCHED_ROUTE
    }
  }

  #endHandshake(cause: TerminationCause, status: number | undefined): void {
    this.#isHandshakeOver = true
    try {
      if (!this.#trace.isRecording()) return
      this.#trace.end({
        method: this.#method,
        route: this.#chosenTemplate,
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
