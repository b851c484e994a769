import type { ClientRequest, IncomingMessage } from 'node:http'
import { type Context, type Span, trace } from '@opentelemetry/api'
import {
  type CallObservation,
  errorTypeOf,
  resultOfError,
  resultOfStatus,
} from '../observation/call-observation.ts'
import type { Observation } from '../observation/observation-registry.ts'
import { guardVoid } from '../patching/guard.ts'
import { type CallCompletion, completionOf } from './call-completion.ts'

/** Gives what it is given, so that a class that extends it puts its private fields there (ECMA-262 section 10.2.2). */
function given(target: object): object {
  return target
}

/**
 * The state of a call, on the object that stands for it on its channels. Nobody sees a private field, and a table beside
 * the objects costs a hundred times as much.
 */
export class ClientCallState extends (given as unknown as new (target: object) => object) {
  readonly #caller: Observation | undefined
  readonly #measured: CallObservation | undefined
  readonly #resends: number
  #span: Span | undefined
  #onEnding: ((ending: CallCompletion) => void) | undefined
  #isWatched = false
  #isAnswerWatched = false

  /**
   * @param caller the request that the call is made for
   * @param measured if calls are measured
   * @param resends how many times it has been sent before
   */
  constructor(
    call: object,
    caller: Observation | undefined,
    measured: CallObservation | undefined,
    resends: number,
  ) {
    super(call)
    this.#caller = caller
    this.#measured = measured
    this.#resends = resends
  }

  static isOn(call: object): boolean {
    return #caller in call
  }

  /** Sets the span of a call, from the context that has it. */
  static enter(call: object, context: Context): ClientCallState {
    const stamp = #caller in call ? call : new ClientCallState(call, undefined, undefined, 0)
    stamp.#span = trace.getSpan(context)
    stamp.#measured?.enter(context)
    return stamp
  }

  /** Sets what is called each time that the request or the answer of a call of `node:http` closes. */
  static enterHttp(call: ClientRequest, context: Context, onEnding: (ending: CallCompletion) => void): void {
    ClientCallState.enter(call, context).#onEnding = onEnding
    ClientCallState.watch(call)
  }

  /** Learns of the end of a call of `node:http`, by one listener however often this is called. */
  static watch(call: ClientRequest): void {
    if (!(#caller in call) || call.#isWatched) return
    call.#isWatched = true
    call.on('close', requestClosed)
  }

  /** Learns of the end of an answer, by one listener however often this is called. */
  static watchAnswer(call: ClientRequest, answer: IncomingMessage): void {
    if (!(#caller in call) || call.#isAnswerWatched) return
    call.#isAnswerWatched = true
    answer.on('close', () => closed(call))
  }

  /** The request or the answer of a call of `node:http` has closed. */
  static closed(call: ClientRequest): void {
    if (!(#caller in call)) return
    const ending = completionOf(call)
    const { otherProtocol, failure } = ending
    if (otherProtocol !== undefined) {
      ClientCallState.sent(call, otherProtocol.httpVersion)
      ClientCallState.answered(call, otherProtocol.statusCode ?? 0)
    }
    if (failure === undefined) ClientCallState.ended(call)
    else ClientCallState.failed(call, failure)
    call.#onEnding?.(ending)
  }

  static spanOf(call: object): Span | undefined {
    return #caller in call ? call.#span : undefined
  }

  static callerOf(call: object): Observation | undefined {
    return #caller in call ? call.#caller : undefined
  }

  static resendsOf(call: object): number {
    return #caller in call ? call.#resends : 0
  }

  static sent(call: object, protocolVersion: string): void {
    if (#caller in call) call.#measured?.sent(protocolVersion)
  }

  /** Early hints (1xx) come before the answer and are none, but for 101, which is the last answer in HTTP. */
  static answered(call: object, status: number): void {
    if (!(#caller in call) || (status < 200 && status !== 101)) return
    call.#caller?.setUpstreamResult(resultOfStatus(status))
    call.#measured?.answered(status)
  }

  static ended(call: object): void {
    if (#caller in call) call.#measured?.ended()
  }

  static failed(call: object, error: unknown): void {
    if (!(#caller in call)) return
    const result = resultOfError(error)
    if (result !== undefined) call.#caller?.setUpstreamResult(result)
    call.#measured?.failed(errorTypeOf(error))
  }
}

const closed = guardVoid('http_call_close', (call: ClientRequest) => ClientCallState.closed(call))

/** One function for all requests: a call has no closure of its own. */
function requestClosed(this: ClientRequest): void {
  closed(this)
}

/**
 * Sets the context of a call, which has the span that was made for it: exemplars of the call's metrics name that span.
 * @param request of `node:http` or of undici, as their channels publish it
 */
export function setClientSpan(request: object, context: Context): void {
  ClientCallState.enter(request, context)
}

/**
 * {@link setClientSpan} for a call of `node:http`.
 * @param onEnding called when the request has closed, and when its answer has
 */
export function setHttpClientSpan(
  request: ClientRequest,
  context: Context,
  onEnding: (ending: CallCompletion) => void,
): void {
  ClientCallState.enterHttp(request, context, onEnding)
}

/** Learns of the end of the answer of a call that {@link setHttpClientSpan} was called for. */
export function watchAnswer(request: ClientRequest, answer: IncomingMessage): void {
  ClientCallState.watchAnswer(request, answer)
}

/** Returns the span in the context that {@link setClientSpan} set for a call. */
export function getClientSpan(request: object): Span | undefined {
  return ClientCallState.spanOf(request)
}

/** Returns how many times a call has been sent before (`http.request.resend_count`), as far as is known. */
export function resendsOfCall(request: object): number {
  return ClientCallState.resendsOf(request)
}
