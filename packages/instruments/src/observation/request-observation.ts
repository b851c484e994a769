import { type Context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { internalErrors } from '../instruments/internal-errors.ts'
import { externalTrace, NO_TRACE } from '../tracing/external-span.ts'
import type { RequestTrace } from '../tracing/request-tracer.ts'
import type { ToolCallRequested } from '../wire/facts.ts'
import type { IncomingRequest, ResponseHeaders } from './http-heads.ts'
import { JsonAnswer } from './json-answer.ts'
import { LlamaStackRequest } from './llama-stack-request.ts'
import { apiOfPath } from './llm-api-path.ts'
import { methodLabel } from './method-label.ts'
import {
  errorType,
  type StreamOutcome,
  streamOutcome,
  type TerminationCause,
  type UpstreamResult,
} from './outcome.ts'
import { OverheadTimer } from './overhead-timer.ts'
import { readClock } from './read-clock.ts'
import { RequestRoute } from './request-route.ts'
import { RequestTools } from './request-tools.ts'
import { SemconvRequest } from './semconv-request.ts'
import { StreamObservation } from './stream-observation.ts'

/** The body of a response that is read while it is sent. */
export type ObservedBody = StreamObservation | JsonAnswer

/**
 * Observes one HTTP request, from its arrival to its end. Hooks report events; this class decides what is recorded and
 * when. Each event counts once, also if a hook reports it again.
 *
 * A request is in flight until its response ends or becomes a stream (`text/event-stream`). It is counted at that time. A
 * stream is in flight from its headers to its end.
 *
 * The constructor, {@link RequestObservation.headersSent} and {@link RequestObservation.end} never throw. If an instrument,
 * a label or a span fails, the request still leaves the gauge and is counted with what is known.
 */
export class RequestObservation {
  readonly #instruments: GatewayInstruments
  readonly #method: string
  readonly #target: string | undefined
  readonly #route: RequestRoute
  /** `undefined` if the clock failed. */
  readonly #arrivedAt: number | undefined
  #hasEnded = false
  #isCounted = false
  #stream: StreamObservation | undefined
  #json: JsonAnswer | undefined
  #context: Context = ROOT_CONTEXT
  #hasTrace = false
  #trace: RequestTrace = NO_TRACE
  #reportedOutcome: StreamOutcome | undefined
  #upstream: UpstreamResult | undefined
  #overhead: OverheadTimer | undefined
  #tools: RequestTools | undefined
  readonly #semconv: SemconvRequest | undefined
  readonly #llamaStack: LlamaStackRequest | undefined

  /** Begins the observation of a request that has just arrived. */
  constructor(instruments: GatewayInstruments, request: IncomingRequest) {
    const { method, target } = request
    this.#instruments = instruments
    this.#method = methodLabel(instruments, method)
    this.#target = target
    this.#route = new RequestRoute(instruments)
    this.#arrivedAt = readClock(instruments)
    instruments.http.requestStarted()
    this.#semconv = SemconvRequest.begin(instruments, this.#method, request)
    this.#llamaStack = LlamaStackRequest.begin(instruments, target)
  }

  /** Distinguishes a request from a connection of another protocol. */
  get kind(): 'request' {
    return 'request'
  }

  /** Whether {@link RequestObservation.end} was called. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** The event stream of the response; `undefined` before its headers are sent and after it ended. */
  get stream(): StreamObservation | undefined {
    return this.#hasEnded ? undefined : this.#stream
  }

  /** The body of the response, if it is read: an event stream, or JSON with tool calls. `undefined` as for the stream. */
  get body(): ObservedBody | undefined {
    return this.#hasEnded ? undefined : (this.#stream ?? this.#json)
  }

  /** Whether a JSON body of the response is to be read for tool calls: whether the request is one to an LLM API. */
  get readsJson(): boolean {
    if (!this.#readsToolCalls) return false
    if (this.#tools !== undefined) return true
    const api = this.#target === undefined ? undefined : apiOfPath(this.#target)
    return typeof api === 'object' && api.operation === 'chat'
  }

  /** A response to another method repeats an earlier one, such as `GET /v1/responses/{id}`. */
  get #readsToolCalls(): boolean {
    return this.#instruments.measuresTools && this.#method === 'POST'
  }

  /** Whether a trace has started for the request, sampled or not. Its context does not change after that. */
  get hasTrace(): boolean {
    return this.#hasTrace
  }

  /** The context in which the application handles the request; the root context until it is set. */
  get context(): Context {
    return this.#context
  }

  /** The tool calls of the request. Created at the first access, which is to be made only for facts about tool calls. */
  get tools(): RequestTools {
    if (this.#tools !== undefined) return this.#tools
    this.#tools = new RequestTools(this.#instruments, () => this.#context)
    if (this.#hasEnded) this.#tools.end() // for an engine call that outlives the request
    return this.#tools
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

  /** Sets the route template of the application's code. The last call counts. */
  setRoute(template: string | undefined): void {
    this.#route.set(template)
  }

  /**
   * Sets the route template that matched, in the syntax of the framework. The last call counts, unless
   * {@link RequestObservation.setRoute} is called.
   */
  setFrameworkRoute(template: string | undefined): void {
    this.#route.setFromFramework(template)
  }

  /** Sets the outcome that the application reported for its stream. It takes precedence over the derived outcome. */
  setOutcome(outcome: StreamOutcome): void {
    this.#reportedOutcome = outcome
  }

  /** Sets the result of an outgoing call that the application made for the request. The last call counts. */
  setUpstreamResult(result: UpstreamResult): void {
    this.#upstream = result
  }

  /**
   * Called when a call to an engine is sent that the application makes for the request. The first one counts.
   * @param now milliseconds of the monotonic clock
   */
  engineCallSent(now: number): void {
    if (this.#overhead !== undefined || this.#arrivedAt === undefined) return
    if (this.#instruments.upstream === undefined) return
    this.#overhead = new OverheadTimer(this.#arrivedAt, now)
    this.#stream?.setOverhead(this.#overhead)
  }

  /**
   * Called when the first chunk of a successful answer to {@link RequestObservation.engineCallSent} was received. The first
   * one counts.
   * @param now milliseconds of the monotonic clock
   */
  engineChunkReceived(now: number): void {
    this.#overhead?.chunkReceived(now)
  }

  /** Called when the headers of the response are sent. */
  headersSent({ status, isEventStream, isJson, isIdentity, decoder }: ResponseHeaders): void {
    if (this.#hasEnded || this.body !== undefined || !this.#hasBody(status)) return
    const onToolCall = (fact: ToolCallRequested): void => this.tools.requestedByGateway(fact)
    if (isEventStream) {
      this.#count(status)
      const origin = { route: this.#route.label, arrivedAt: this.#arrivedAt, context: this.#context }
      const onFact = this.#readsToolCalls ? onToolCall : undefined
      this.#stream = new StreamObservation(this.#instruments, origin, isIdentity, decoder, onFact)
      this.#stream.setOverhead(this.#overhead)
    } else if (isJson === true && status < 300) {
      this.#json = new JsonAnswer(isIdentity, decoder, onToolCall)
    }
  }

  /** Some responses have no body, whatever their headers are (RFC 9110 section 6.4.1). */
  #hasBody(status: number): boolean {
    return this.#method !== 'HEAD' && status !== 204 && status !== 304
  }

  /**
   * Called when the response has ended.
   * @param sentStatus the status that was sent; `undefined` if no headers were sent
   * @param status the status to count: `sentStatus`, or a substitute for it
   */
  end(cause: TerminationCause, sentStatus: number | undefined, status: number): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    const outcome = this.#stream === undefined ? undefined : this.#endStream(this.#stream, cause)
    const error = errorType(cause, outcome, sentStatus)
    this.#count(status)
    this.#endSemconv(sentStatus, error)
    this.#endLlamaStack(status, error)
    this.#json?.end()
    this.#tools?.end()
    this.#endTrace(sentStatus, error, outcome)
  }

  /** Records an exception that a listener of the application threw. The request continues and may still be answered. */
  recordException(error: unknown): void {
    if (this.#trace.isRecording()) this.#trace.recordException(error)
  }

  #endStream(stream: StreamObservation, cause: TerminationCause): StreamOutcome {
    const { events } = stream
    const outcome = streamOutcome({
      cause,
      reportedOutcome: this.#reportedOutcome,
      events,
      upstream: this.#upstream,
    })
    stream.end(outcome)
    return outcome
  }

  /** Removes the request from those in flight and counts it, once: at its end or when its response becomes a stream. */
  #count(status: number): void {
    if (this.#isCounted) return
    this.#isCounted = true
    const { http } = this.#instruments
    http.requestEnded()
    this.#route.resolve(this.#target, this.#arrivedAt ?? 0)
    http.recordRequest(this.#method, this.#route.label, status, this.#seconds(), this.#context)
  }

  #endSemconv(status: number | undefined, error: string | undefined): void {
    if (this.#semconv === undefined) return
    const [seconds, context] = [this.#seconds(), this.#context]
    this.#semconv.end({ route: this.#route.httpRoute, status, errorType: error, seconds, context })
  }

  #endLlamaStack(status: number, error: string | undefined): void {
    if (this.#llamaStack === undefined) return
    const [seconds, context] = [this.#seconds(), this.#context]
    this.#llamaStack.end({ route: this.#route.label, status, errorType: error, seconds, context })
  }

  /** Seconds since the arrival; `undefined` if the clock failed. */
  #seconds(): number | undefined {
    const now = readClock(this.#instruments)
    const start = this.#arrivedAt
    return now === undefined || start === undefined ? undefined : (now - start) / 1000
  }

  #endTrace(
    status: number | undefined,
    errorType: string | undefined,
    outcome: StreamOutcome | undefined,
  ): void {
    try {
      if (!this.#trace.isRecording()) return
      const stream = this.#stream?.totals
      this.#trace.end({
        method: this.#method,
        route: this.#route.template,
        status,
        errorType,
        outcome,
        stream,
      })
    } catch (error) {
      internalErrors.report('request_span', error)
    }
  }
}
