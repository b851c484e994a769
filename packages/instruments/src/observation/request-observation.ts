import { type Context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { UNMATCHED_ROUTE } from '../cardinality/route.ts'
import type { GatewayInstruments } from '../instruments/catalog.ts'
import { internalErrors } from '../instruments/internal-errors.ts'
import { externalTrace, NO_TRACE } from '../tracing/external-span.ts'
import type { RequestTrace } from '../tracing/request-tracer.ts'
import { methodLabel } from './method-label.ts'
import {
  errorType,
  type StreamOutcome,
  streamOutcome,
  type TerminationCause,
  type UpstreamResult,
} from './outcome.ts'
import { type BodyDecoder, StreamObservation } from './stream-observation.ts'

/** What is known of a request when it arrives. */
export interface IncomingRequest {
  readonly method: string | undefined
  readonly scheme: 'http' | 'https'
  /** Such as `1.1` or `2`. */
  readonly protocolVersion: string
}

/** What the headers of an answer say. */
export interface ResponseHeaders {
  readonly status: number
  /** Whether the content type is `text/event-stream`. */
  readonly isEventStream: boolean
  /** Whether the body is sent as it is, without a content encoding. */
  readonly isIdentity: boolean
  /** Decodes a body that is not; without one, the events of a stream are not seen. */
  readonly decoder?: BodyDecoder | undefined
}

/**
 * The life of one HTTP request, from its arrival to its one end. An adapter tells it what it sees; it decides
 * what counts and when, and it counts each thing once, whatever the adapter repeats.
 *
 * A request is in flight until its answer ends or becomes a stream (`text/event-stream`); it is counted at that
 * moment. A stream is in flight from its headers to its end.
 *
 * Neither the constructor nor {@link RequestObservation.headersSent} nor {@link RequestObservation.end} throws: whatever
 * fails in an instrument, a label or a span, the request leaves its gauge and is counted by what is known.
 */
export class RequestObservation {
  readonly #instruments: GatewayInstruments
  readonly #method: string
  readonly #scheme: 'http' | 'https'
  readonly #protocolVersion: string
  /** `undefined` if the clock has failed. */
  readonly #arrivedAt: number | undefined
  #hasEnded = false
  #isCounted = false
  #stream: StreamObservation | undefined
  #context: Context = ROOT_CONTEXT
  #hasTrace = false
  #trace: RequestTrace = NO_TRACE
  #template: string | undefined
  /** The `route` that the request was counted under. */
  #route = UNMATCHED_ROUTE
  /** The `http.route` that was resolved together with it: a template may lose its place before a stream ends. */
  #httpRoute: string | undefined
  #reportedOutcome: StreamOutcome | undefined
  #upstream: UpstreamResult | undefined

  /** Begins the observation of a request that has just arrived. */
  constructor(instruments: GatewayInstruments, { method, scheme, protocolVersion }: IncomingRequest) {
    this.#instruments = instruments
    this.#method = methodLabel(instruments, method)
    this.#scheme = scheme
    this.#protocolVersion = protocolVersion
    this.#arrivedAt = readClock(instruments)
    instruments.http.requestStarted()
    instruments.httpSemconv?.activeChanged(1, this.#method, scheme)
  }

  /** Distinguishes a request from a connection of another protocol. */
  get kind(): 'request' {
    return 'request'
  }

  /** Whether {@link RequestObservation.end} has been told. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** The stream that the answer has become; `undefined` until it has, and after it ended. */
  get stream(): StreamObservation | undefined {
    return this.#hasEnded ? undefined : this.#stream
  }

  /** Whether a trace has begun for the request, sampled or not: then its context is known for good. */
  get hasTrace(): boolean {
    return this.#hasTrace
  }

  /** The context that the application handles the request in; the root context while it is not known. */
  get context(): Context {
    return this.#context
  }

  /**
   * Sets the context in which the application handles the request. Exemplars refer to its span, which another
   * instrumentation has started and ends.
   */
  setContext(context: Context): void {
    const span = trace.getSpan(context)
    this.#context = context
    this.#hasTrace = span !== undefined
    this.#trace = externalTrace(context, span)
  }

  /** Sets the trace that a `RequestTracer` has started for this request. It ends with the request. */
  setTrace(requestTrace: RequestTrace): void {
    this.#context = requestTrace.context
    this.#hasTrace = true
    this.#trace = requestTrace
  }

  /** The route template that matched, in the framework's own spelling; the last one told counts. */
  setRoute(template: string | undefined): void {
    this.#template = template && this.#instruments.routes.stored(template)
  }

  /** The application's own word on how its stream ends; it wins over what the connection shows. */
  setOutcome(outcome: StreamOutcome): void {
    this.#reportedOutcome = outcome
  }

  /** How a call ended that the application made while it handled the request; the last one told counts. */
  setUpstreamResult(result: UpstreamResult): void {
    this.#upstream = result
  }

  /** The headers of the answer go out. */
  headersSent({ status, isEventStream, isIdentity, decoder }: ResponseHeaders): void {
    if (this.#hasEnded || this.#stream !== undefined || !isEventStream || !this.#hasBody(status)) return
    this.#count(status)
    const origin = { route: this.#route, arrivedAt: this.#arrivedAt, context: this.#context }
    this.#stream = new StreamObservation(this.#instruments, origin, isIdentity, decoder)
  }

  /** RFC 9110 section 6.4.1: some answers have none, whatever their headers say. */
  #hasBody(status: number): boolean {
    return this.#method !== 'HEAD' && status !== 204 && status !== 304
  }

  /**
   * The answer ended.
   * @param sentStatus the code that was sent; `undefined` if none was
   * @param status that code, or the one that stands for the lack of one
   */
  end(ending: TerminationCause, sentStatus: number | undefined, status: number): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    const outcome = this.#stream === undefined ? undefined : this.#endStream(this.#stream, ending)
    const error = errorType(ending, outcome, sentStatus)
    this.#count(status)
    this.#recordSemconv(sentStatus, error)
    this.#endTrace(sentStatus, error, outcome)
  }

  /** Records an exception that a listener of the application threw. The request goes on and may still be answered. */
  recordException(error: unknown): void {
    if (this.#trace.isRecording()) this.#trace.recordException(error)
  }

  #endStream(stream: StreamObservation, ending: TerminationCause): StreamOutcome {
    const { events } = stream
    const outcome = streamOutcome({
      cause: ending,
      reportedOutcome: this.#reportedOutcome,
      events,
      upstream: this.#upstream,
    })
    stream.end(outcome)
    return outcome
  }

  /** The request leaves the requests in flight and is counted, once: at its end, or when its answer becomes a stream. */
  #count(status: number): void {
    if (this.#isCounted) return
    this.#isCounted = true
    const { http } = this.#instruments
    http.requestEnded()
    this.#resolveRoute()
    http.recordRequest(this.#method, this.#route, status, this.#seconds(), this.#context)
  }

  #recordSemconv(status: number | undefined, error: string | undefined): void {
    const { httpSemconv } = this.#instruments
    if (httpSemconv === undefined) return
    httpSemconv.activeChanged(-1, this.#method, this.#scheme)
    const facts = {
      method: this.#method,
      scheme: this.#scheme,
      protocolVersion: this.#protocolVersion,
      route: this.#httpRoute,
      status,
      errorType: error,
    }
    const seconds = this.#seconds()
    if (seconds !== undefined) httpSemconv.serverEnded(facts, seconds, this.#context)
  }

  /** From the arrival; `undefined` if the clock has failed. */
  #seconds(): number | undefined {
    const now = readClock(this.#instruments)
    const begun = this.#arrivedAt
    return now === undefined || begun === undefined ? undefined : (now - begun) / 1000
  }

  #endTrace(
    status: number | undefined,
    errorType: string | undefined,
    outcome: StreamOutcome | undefined,
  ): void {
    try {
      if (!this.#trace.isRecording()) return
      const stream = this.#stream?.totals
      this.#trace.end({ method: this.#method, route: this.#template, status, errorType, outcome, stream })
    } catch (error) {
      internalErrors.report('request_span', error)
    }
  }

  #resolveRoute(): void {
    const { routes, httpSemconv } = this.#instruments
    try {
      this.#route = routes.label(this.#template, this.#arrivedAt ?? 0)
      if (httpSemconv !== undefined) this.#httpRoute = routes.httpRoute(this.#template)
    } catch (error) {
      internalErrors.report('request_label', error)
    }
  }
}

function readClock({ now }: GatewayInstruments): number | undefined {
  try {
    return now()
  } catch (error) {
    internalErrors.report('request_duration', error)
    return undefined
  }
}
