import type { ClientRequest, IncomingMessage, Server } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http2'
import type { Socket } from 'node:net'
import type { Context } from '@opentelemetry/api'
import type { RequestSpanFacts } from './request-span.ts'
import type { TurnSpanFacts } from './turn-span.ts'

/**
 * Traces the requests that servers receive and the calls that the application makes. The hooks of this package use tracing
 * only through this interface. Implementations are {@link NOOP_TRACER}, the default, and the tracer of `@vr/otel`. See
 * docs/decisions/request-tracer.md.
 *
 * The methods are called for every request or call, so they must be cheap if it is not sampled. Errors that they throw are
 * counted and logged, and do not reach the application.
 */
export interface RequestTracer {
  /**
   * Whether this tracer starts server spans. If `false`, the server span of a request is the active span, which another
   * instrumentation may have started.
   */
  readonly startsServerSpans: boolean

  /** Whether WebSockets are traced. If `false`, their handshakes are started as excluded requests. */
  readonly tracesWebSockets: boolean

  /**
   * Starts the trace of an HTTP/1 request, also of an upgrade and of a request with `Expect`.
   * @param isExcluded whether the request must not be sampled, even if its caller is sampled
   * @returns `undefined` if {@link RequestTracer.startsServerSpans} is `false`
   */
  startHttp1(request: IncomingMessage, server: Server, isExcluded: boolean): RequestTrace | undefined

  /**
   * Starts the trace of an HTTP/2 stream.
   * @param peer the socket of the session
   * @param isExcluded as for {@link RequestTracer.startHttp1}
   * @returns `undefined` if {@link RequestTracer.startsServerSpans} is `false`
   */
  startHttp2(
    headers: IncomingHttpHeaders,
    peer: Pick<Socket, 'remoteAddress' | 'remotePort'> | undefined,
    isExcluded: boolean,
  ): RequestTrace | undefined

  /**
   * Called when `node:http` has created a client request, before its headers are sent. Not called in a context that
   * suppresses tracing.
   * @param context the context in which the application makes the call
   * @returns the client span of the call; `undefined` if it has none
   */
  startHttpCall(request: ClientRequest, context: Context): HttpCallTrace | undefined

  /**
   * Called when `fetch` or undici has created a request, before its headers are sent. Not called in a context that
   * suppresses tracing.
   * @param request as the channel `undici:request:create` publishes it
   * @param context the context in which the application makes the call
   * @param resendCount how often the call was sent before, because of a redirect or a retry
   * @returns the context that has the client span of the call; `undefined` if it has none
   */
  startUndiciCall(request: object, context: Context, resendCount: number): Context | undefined
}

/** The trace of one server request. */
export interface RequestTrace {
  /** The context in which the application handles the request. It has the server span or the ids of the trace. */
  readonly context: Context
  /** Whether the span of the request records. If not, {@link RequestTrace.end} is not called. */
  isRecording(): boolean
  /** Records an exception that a listener of the application threw. The request continues and may still be answered. */
  recordException(error: unknown): void
  /** Called once, when the response has ended or its connection has closed. */
  end(facts: RequestSpanFacts): void
  /**
   * Called when a turn of an LLM session begins, if the request was the handshake of its WebSocket. The handshake may have
   * ended; its sampling decision applies to the turns.
   * @returns `undefined` if the turn has no span
   */
  startTurn(): TurnTrace | undefined
}

/** The span of one turn of an LLM session. */
export interface TurnTrace {
  /** The context that has the span. Messages that arrive during the turn are handled in it. */
  readonly context: Context
  /** Called once, when the turn has ended. */
  end(facts: TurnSpanFacts): void
}

/** The client span of one call by `node:http`. */
export interface HttpCallTrace {
  /** The context that has the span. Exemplars of the call's metrics refer to it. */
  readonly context: Context
  /** Called when the headers of the response have arrived. */
  responseReceived(response: IncomingMessage): void
  /** Called when the request has failed. */
  failed(error: unknown): void
  /** Called when the request has closed and when its response has closed. The first of these calls ends the span. */
  closed(completion: CallCompletion): void
}

/** How a call by `node:http` ended. */
export interface CallCompletion {
  /** A response that switched protocols or answered a `CONNECT`. No channel publishes it. */
  readonly otherProtocol?: IncomingMessage
  /** Why the response was not received completely. */
  readonly failure?: unknown
}

/** Starts no traces and no spans, and writes no headers. */
export const NOOP_TRACER: RequestTracer = {
  startsServerSpans: false,
  tracesWebSockets: false,
  startHttp1: () => undefined,
  startHttp2: () => undefined,
  startHttpCall: () => undefined,
  startUndiciCall: () => undefined,
}
