import type { Context } from '@opentelemetry/api'
import type { AttemptOutcome } from '../cardinality/attempt-outcome.ts'
import { providerOf } from '../cardinality/provider.ts'
import type { LlmCallFacts, LlmCallIdentity } from '../instruments/llm-call-facts.ts'
import type { RecordSeries } from '../instruments/series.ts'
import { LlmCallTrace } from '../tracing/llm-call-trace.ts'
import type { Fact, LlmOperation } from '../wire/facts.ts'
import { type AttemptFailure, attemptOutcome } from './attempt-outcome.ts'
import { errorTypeOf, resultOfError } from './call-observation.ts'
import type { LlmApiPath } from './llm-api-path.ts'
import { LlmCallResult } from './llm-call-result.ts'
import type { LlmCallWants } from './llm-call-wants.ts'
import { LlmRequestBody } from './llm-request-body.ts'
import { LlmResponseBody } from './llm-response-body.ts'
import type { CallResponse, ObservedCall } from './observed-call.ts'

/** An outgoing call that may be one to an LLM API, when it starts. */
export interface StartedLlmCall {
  /** The API that the path identifies. */
  readonly path: LlmApiPath | undefined
  /** Returns `content-type` of the request. Called once, with the first part of its body. */
  readonly contentType: () => string | undefined
  /** Returns the server of the call. Called once. */
  readonly server: () => { readonly address: string; readonly port: number }
  /** The context in which the call is made. */
  readonly context: Context
}

/** Receives the facts of a call to an LLM API while it runs, and its result. No method throws, except `now`. */
export interface LlmCallRecorder {
  /** Milliseconds of a monotonic clock. */
  now(): number
  /** Whether calls are recorded. If not, only those are observed whose span they describe. */
  readonly isMeasured: boolean
  /** The facts to extract. */
  readonly wants: LlmCallWants
  /**
   * Called when the path or the request has shown that the call is one to an LLM API, before its response. May be called again.
   * @param at when the call was sent
   * @param operation `undefined` if it is not known
   */
  callSent(at: number, operation: LlmOperation | undefined): void
  /** Called when the first part of the body of a successful response has arrived. */
  firstChunkReceived(at: number): void
  /**
   * Called with each wanted fact.
   * @param sentAt when the call was sent
   */
  onFact(fact: Fact, sentAt: number): void
  /** Returns where the times between output chunks are recorded, in seconds; `undefined` if they are not recorded. */
  outputChunks(call: LlmCallIdentity): RecordSeries | undefined
  /** Called once, when the attempt has ended. */
  callEnded(facts: LlmCallFacts, outcome: AttemptOutcome, context: Context): void
}

/**
 * Observes one attempt of an outgoing call by POST, which may be a call to an LLM API. The response decides, then the path
 * and the body of the request. Of any other call nothing is recorded.
 */
export class LlmCallObservation implements ObservedCall {
  readonly #recorder: LlmCallRecorder
  readonly #call: StartedLlmCall
  readonly #startedAt: number
  readonly #result: LlmCallResult
  #request: LlmRequestBody | undefined
  #response: LlmResponseBody | undefined
  #context: Context
  #status: number | undefined
  #firstChunkAt: number | undefined
  #lastEventAt: number | undefined
  #chunkSeries: RecordSeries | undefined
  #hasChunkSeries = false
  #trace: LlmCallTrace | undefined
  #hasEnded = false

  /** Starts the observation of a call that the running code makes. */
  constructor(recorder: LlmCallRecorder, call: StartedLlmCall) {
    this.#recorder = recorder
    this.#call = call
    this.#context = call.context
    this.#startedAt = recorder.now()
    this.#result = new LlmCallResult(recorder.wants.response, this.#onFact)
    if (this.#call.path !== undefined) recorder.callSent(this.#startedAt, this.#call.path.operation)
  }

  setContext(context: Context): void {
    this.#context = context
    this.#trace = LlmCallTrace.start(context, this.#call.context)
  }

  requestChunk(chunk: Uint8Array | string): void {
    if (this.#hasEnded || !this.#isObserved) return
    this.#trace?.content?.requestChunk(chunk)
    this.#request ??= this.#createRequest()
    this.#request.append(chunk)
  }

  requestSent(): void {
    if (this.#hasEnded || this.#request === undefined) return
    this.#request.end()
    if (this.#isExpected) this.#recorder.callSent(this.#startedAt, this.#request.api?.operation)
  }

  responseStarted(response: CallResponse): void {
    this.#status = response.status
    // The status of an error is all that counts.
    if (response.status < 300 && this.#isObserved)
      this.#response = new LlmResponseBody(response, this.#result, this.#trace?.content)
    else response.decoder?.close()
  }

  responseChunk(chunk: Uint8Array): void {
    if (this.#hasEnded) return
    const now = this.#recorder.now()
    const isFirst = this.#firstChunkAt === undefined
    this.#firstChunkAt ??= now
    const response = this.#response
    if (response === undefined) return
    if (isFirst && this.#isExpected) this.#recorder.firstChunkReceived(now)
    response.read(chunk)
    if (response.events > 0) this.#recordEvents(response.events, now)
  }

  completed(): void {
    this.#end(undefined, undefined)
  }

  failed(failure: AttemptFailure, error: unknown): void {
    this.#end(failure, error)
  }

  #createRequest(): LlmRequestBody {
    return new LlmRequestBody(
      this.#call.contentType(),
      this.#call.path !== undefined,
      this.#recorder.wants.request,
      this.#onFact,
    )
  }

  readonly #onFact = (fact: Fact): void => this.#recorder.onFact(fact, this.#startedAt)

  /** An output chunk is an event of the stream. */
  #recordEvents(events: number, now: number): void {
    const last = this.#lastEventAt
    this.#lastEventAt = now
    if (events === 1 && last === undefined) return
    if (this.#result.api === undefined && this.#call.path === undefined) return
    if (!this.#hasChunkSeries) this.#chunkSeries = this.#recorder.outputChunks(this.#identify())
    this.#hasChunkSeries = true
    if (last !== undefined) this.#chunkSeries?.record((now - last) / 1000, this.#context)
    for (let i = 1; i < events; i++) this.#chunkSeries?.record(0, this.#context) // in one chunk
  }

  #identify(): LlmCallIdentity {
    const { address, port } = this.#call.server()
    // A request may fit several APIs.
    const known = this.#result.api ?? this.#call.path ?? this.#request?.api
    const api = known?.api
    return {
      operation: known?.operation ?? 'chat',
      api,
      provider: providerOf(api, address),
      requestModel: this.#request?.model,
      responseModel: this.#result.responseModel,
      serverAddress: address,
      serverPort: port,
    }
  }

  #end(failure: AttemptFailure | undefined, error: unknown): void {
    if (this.#hasEnded) return
    const now = this.#recorder.now()
    this.#response?.end(failure === undefined)
    this.#hasEnded = true
    this.#response?.close()
    if (!this.#isObserved || !this.#isLlmCall(failure)) return
    const { streamResult, isEndExpected } = this.#result
    const isComplete =
      streamResult === 'completed' || (failure === undefined && this.#status !== undefined && !isEndExpected)
    const hasFailed = this.#hasFailed
    const outcome = attemptOutcome({ status: this.#status, isComplete, hasFailed, failure })
    const facts: LlmCallFacts = {
      ...this.#identify(),
      responseId: this.#result.responseId,
      status: this.#status,
      errorType: this.#errorType(outcome, failure, error),
      usage: this.#result.usage,
      isStream: this.#response?.isStream === true,
      isRead: this.#response?.isRead === true,
      isComplete,
      seconds: (now - this.#startedAt) / 1000,
      secondsToFirstChunk:
        this.#firstChunkAt === undefined ? undefined : (this.#firstChunkAt - this.#startedAt) / 1000,
      finishReasons: this.#result.finishReasons,
      toolCalls: this.#result.toolCalls,
    }
    this.#recorder.callEnded(facts, outcome, this.#context)
    this.#trace?.end(facts)
  }

  /** Whether the engine reported a failure in a response with a successful status. */
  get #hasFailed(): boolean {
    const { streamResult, error } = this.#result
    return streamResult === 'failed' || (this.#response?.isStream === false && error !== undefined)
  }

  get #isObserved(): boolean {
    return this.#recorder.isMeasured || this.#trace !== undefined
  }

  /** Whether the path or the request has shown that this is a call to an LLM API. */
  get #isExpected(): boolean {
    return this.#call.path !== undefined || this.#request?.model !== undefined
  }

  #isLlmCall(failure: AttemptFailure | undefined): boolean {
    if (this.#result.api !== undefined) return true
    // The call that follows a redirect is the one to the engine.
    if (this.#status !== undefined && this.#status >= 300 && this.#status < 400) return false
    // A successful response of another kind, such as an image.
    const isOther = failure === undefined && this.#response?.isEncoded === false
    if (this.#call.path !== undefined && this.#request?.model !== undefined) return true
    return this.#isExpected && !isOther
  }

  #errorType(
    outcome: AttemptOutcome,
    failure: AttemptFailure | undefined,
    error: unknown,
  ): string | undefined {
    if (this.#status !== undefined && this.#status >= 400) return String(this.#status)
    if (this.#hasFailed) {
      const { code, errorType } = this.#result.error ?? {}
      return code ?? errorType ?? '_OTHER'
    }
    if (failure !== undefined && this.#result.streamResult === undefined) return failureType(failure, error)
    return outcome === 'ok' ? undefined : 'incomplete_response'
  }
}

/** A time limit has the same type for every client, unless its error has a type of a time limit. */
function failureType(failure: AttemptFailure, error: unknown): string {
  return failure === 'timed_out' && resultOfError(error) !== 'timed_out' ? 'TimeoutError' : errorTypeOf(error)
}
