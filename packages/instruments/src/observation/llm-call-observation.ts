import type { Context } from '@opentelemetry/api'
import type { AttemptOutcome } from '../cardinality/attempt-outcome.ts'
import { providerOf } from '../cardinality/provider.ts'
import type { Fact } from '../wire/facts.ts'
import { type AttemptFailure, attemptOutcome } from './attempt-outcome.ts'
import { errorTypeOf, resultOfError } from './call-observation.ts'
import { apiOfPath, type LlmApiPath } from './llm-api-path.ts'
import type { LlmCallFacts, LlmCallIdentity } from './llm-call-facts.ts'
import { LlmCallResult, RESPONSE_FACTS } from './llm-call-result.ts'
import { LlmRequestBody } from './llm-request-body.ts'
import { LlmResponseBody } from './llm-response-body.ts'
import type { CallResponse, ObservedCall } from './observed-call.ts'

/** An outgoing call that may be one to an LLM API, when it starts. */
export interface StartedLlmCall {
  /** Path and query, or an absolute URL. */
  readonly target: string
  /** Returns `content-type` of the request. Called once, with the first part of its body. */
  readonly contentType: () => string | undefined
  /** Returns the server of the call. Called once. */
  readonly server: () => { readonly address: string; readonly port: number }
  /** The context in which the call is made. */
  readonly context: Context
}

/** Receives the result of a call to an LLM API, and its facts while it runs. Its methods do not throw, except `now`. */
export interface LlmCallRecorder {
  /** Milliseconds of a monotonic clock. */
  now(): number
  /** Facts of requests and responses to extract besides those of the call itself. */
  readonly wants: readonly Fact['type'][]
  /**
   * Called with each wanted fact.
   * @param at when the call started, for a fact of the request; else the current time
   */
  onFact(fact: Fact, at: number): void
  /** Called for each output chunk after the first: an event of the stream. */
  chunkReceived(call: LlmCallIdentity, seconds: number, context: Context): void
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
  readonly #path: LlmApiPath | 'none' | undefined
  readonly #startedAt: number
  readonly #result: LlmCallResult
  #request: LlmRequestBody | undefined
  #response: LlmResponseBody | undefined
  #context: Context
  #status: number | undefined
  #firstChunkAt: number | undefined
  #lastEventAt: number | undefined
  #identity: LlmCallIdentity | undefined
  #hasEnded = false

  /** Starts the observation of a call that the running code makes. */
  constructor(recorder: LlmCallRecorder, call: StartedLlmCall) {
    this.#recorder = recorder
    this.#call = call
    this.#context = call.context
    this.#startedAt = recorder.now()
    this.#path = apiOfPath(call.target)
    this.#result = new LlmCallResult(wanted(RESPONSE_FACTS, recorder), this.#onResponseFact)
  }

  setContext(context: Context): void {
    this.#context = context
  }

  requestChunk(chunk: Uint8Array | string): void {
    if (this.#hasEnded) return
    this.#request ??= this.#createRequest()
    this.#request.append(chunk)
  }

  requestSent(): void {
    if (!this.#hasEnded) this.#request?.end()
  }

  responseStarted(response: CallResponse): void {
    this.#status = response.status
    // The status of an error is all that counts.
    if (response.status < 300) this.#response = new LlmResponseBody(response, this.#result)
    else response.decoder?.close()
  }

  responseChunk(chunk: Uint8Array): void {
    if (this.#hasEnded) return
    const now = this.#recorder.now()
    this.#firstChunkAt ??= now
    const response = this.#response
    if (response === undefined) return
    response.read(chunk)
    if (response.events > 0) this.#recordEvents(response.events, now)
  }

  completed(): void {
    this.#end(undefined, undefined)
  }

  failed(error: unknown, isAborted: boolean): void {
    if (resultOfError(error) === 'timed_out') this.#end('timed_out', error)
    else this.#end(isAborted ? 'aborted' : 'broken', error)
  }

  #createRequest(): LlmRequestBody {
    const wants = wanted(REQUEST_FACTS, this.#recorder)
    return new LlmRequestBody(this.#call.contentType(), isApi(this.#path), wants, this.#onRequestFact)
  }

  readonly #onRequestFact = (fact: Fact): void => this.#recorder.onFact(fact, this.#startedAt)

  readonly #onResponseFact = (fact: Fact): void => {
    if (fact.type === 'api_identified' || fact.type === 'model_served') this.#identity = undefined
    this.#recorder.onFact(fact, this.#recorder.now())
  }

  #recordEvents(events: number, now: number): void {
    const last = this.#lastEventAt
    this.#lastEventAt = now
    if (this.#result.api === undefined && !isApi(this.#path)) return
    const identity = this.#identify()
    if (last !== undefined) this.#recorder.chunkReceived(identity, (now - last) / 1000, this.#context)
    for (let i = 1; i < events; i++) this.#recorder.chunkReceived(identity, 0, this.#context) // in one chunk
  }

  #identify(): LlmCallIdentity {
    this.#identity ??= this.#createIdentity()
    return this.#identity
  }

  #createIdentity(): LlmCallIdentity {
    const { address, port } = this.#call.server()
    // A request may fit several APIs.
    const known = this.#result.api ?? (isApi(this.#path) ? this.#path : this.#request?.api)
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
    if (failure === undefined) this.#response?.end()
    this.#hasEnded = true
    this.#response?.close()
    if (!this.#isLlmCall(failure)) return
    const { streamResult, isEndExpected } = this.#result
    const isComplete =
      streamResult === 'completed' || (failure === undefined && this.#status !== undefined && !isEndExpected)
    const hasFailed = streamResult === 'failed'
    const outcome = attemptOutcome({ status: this.#status, isComplete, hasFailed, failure })
    this.#recorder.callEnded(
      {
        ...this.#identify(),
        responseId: this.#result.responseId,
        status: this.#status,
        errorType: this.#errorType(outcome, failure, error),
        usage: this.#result.usage,
        isStream: this.#response?.isStream === true,
        isComplete,
        seconds: (now - this.#startedAt) / 1000,
        secondsToFirstChunk:
          this.#firstChunkAt === undefined ? undefined : (this.#firstChunkAt - this.#startedAt) / 1000,
        finishReasons: this.#result.finishReasons,
        toolCalls: this.#result.toolCalls,
      },
      outcome,
      this.#context,
    )
  }

  #isLlmCall(failure: AttemptFailure | undefined): boolean {
    if (this.#path === 'none') return false
    if (this.#result.api !== undefined) return true
    const isRequest = this.#request?.model !== undefined
    // A successful response of another kind, such as an image.
    const isOther = failure === undefined && this.#response?.isEncoded === false
    return isApi(this.#path) ? isRequest || !isOther : isRequest && !isOther
  }

  #errorType(
    outcome: AttemptOutcome,
    failure: AttemptFailure | undefined,
    error: unknown,
  ): string | undefined {
    if (this.#status !== undefined && this.#status >= 400) return String(this.#status)
    if (this.#result.streamResult === 'failed') {
      const { code, errorType } = this.#result.error ?? {}
      return code ?? errorType ?? '_OTHER'
    }
    if (failure !== undefined && this.#result.streamResult === undefined) return errorTypeOf(error)
    return outcome === 'ok' ? undefined : 'incomplete_response'
  }
}

const REQUEST_FACTS: readonly Fact['type'][] = ['api_identified', 'model_requested']

function wanted(facts: readonly Fact['type'][], { wants }: LlmCallRecorder): ReadonlySet<Fact['type']> {
  return new Set([...facts, ...wants])
}

function isApi(path: LlmApiPath | 'none' | undefined): path is LlmApiPath {
  return typeof path === 'object'
}
