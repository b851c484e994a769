import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Context } from '@opentelemetry/api'
import {
  type CallObservation,
  errorTypeOf,
  resultOfError,
  resultOfStatus,
} from '../observation/call-observation.ts'
import type { Observation } from '../observation/observation-registry.ts'
import { guardVoid } from '../patching/guard.ts'
import { PrivateState } from '../patching/private-state.ts'
import type { HttpCallTrace } from '../tracing/request-tracer.ts'
import { completionOf } from './call-completion.ts'
import { allowListener } from './own-listener.ts'

/** The state of an outgoing call, in private fields of the request object that the diagnostics channels publish. */
export class ClientCallState extends PrivateState {
  readonly #caller: Observation | undefined
  readonly #observation: CallObservation | undefined
  readonly #resendCount: number
  #trace: HttpCallTrace | undefined
  #hasRequestListener = false
  #hasResponseListener = false

  /**
   * @param caller the server request that the call is made for
   * @param observation records the call; `undefined` if calls are not measured
   * @param resendCount how often the call was sent before
   */
  constructor(
    call: object,
    caller: Observation | undefined,
    observation: CallObservation | undefined,
    resendCount: number,
  ) {
    super(call)
    this.#caller = caller
    this.#observation = observation
    this.#resendCount = resendCount
  }

  static isOn(call: object): boolean {
    return #caller in call
  }

  /**
   * Sets the context that has the client span of a call; exemplars of the call's metrics refer to that span. Attaches a
   * state to a call that has none, so that redirects of the call are counted.
   */
  static setContext(call: object, context: Context): void {
    ClientCallState.#attachedTo(call).#observation?.setContext(context)
  }

  /** Sets the trace of a call by `node:http`. It is notified of the call's events from now on. */
  static setTrace(call: ClientRequest, trace: HttpCallTrace): void {
    const state = ClientCallState.#attachedTo(call)
    state.#trace = trace
    state.#observation?.setContext(trace.context)
  }

  static #attachedTo(call: object): ClientCallState {
    return #caller in call ? call : new ClientCallState(call, undefined, undefined, 0)
  }

  /** Adds a listener for the end of a call by `node:http`, once, if the call has a state. */
  static listen(call: ClientRequest): void {
    if (!(#caller in call) || call.#hasRequestListener) return
    call.#hasRequestListener = true
    allowListener(call)
    call.on('close', onRequestClose)
  }

  /** Called when the headers of a response of `node:http` have arrived. */
  static responseReceived(call: ClientRequest, response: IncomingMessage): void {
    if (!(#caller in call)) return
    try {
      ClientCallState.connected(call, response.httpVersion)
      ClientCallState.statusReceived(call, response.statusCode ?? 0)
      call.#trace?.responseReceived(response)
    } finally {
      if (!call.#hasResponseListener) {
        allowListener(response)
        response.on('close', () => onClose(call))
      }
      call.#hasResponseListener = true
    }
  }

  /** Called when the request or the response of a call by `node:http` has closed. */
  static closed(call: ClientRequest): void {
    if (!(#caller in call)) return
    const completion = completionOf(call)
    const { otherProtocol, failure } = completion
    try {
      if (otherProtocol !== undefined) {
        ClientCallState.connected(call, otherProtocol.httpVersion)
        ClientCallState.statusReceived(call, otherProtocol.statusCode ?? 0)
      }
      if (failure === undefined) ClientCallState.completed(call)
      else ClientCallState.failed(call, failure)
    } finally {
      call.#trace?.closed(completion)
    }
  }

  static callerOf(call: object): Observation | undefined {
    return #caller in call ? call.#caller : undefined
  }

  static resendCountOf(call: object): number {
    return #caller in call ? call.#resendCount : 0
  }

  /** @param protocolVersion such as `1.1` or `2` */
  static connected(call: object, protocolVersion: string): void {
    if (#caller in call) call.#observation?.connected(protocolVersion)
  }

  /** Ignores interim responses (1xx) except 101, the last HTTP response of its connection. */
  static statusReceived(call: object, status: number): void {
    if (!(#caller in call) || (status < 200 && status !== 101)) return
    call.#caller?.setUpstreamResult(resultOfStatus(status))
    call.#observation?.statusReceived(status)
  }

  static completed(call: object): void {
    if (#caller in call) call.#observation?.completed()
  }

  static failed(call: object, error: unknown): void {
    if (!(#caller in call)) return
    const result = resultOfError(error)
    if (result !== undefined) call.#caller?.setUpstreamResult(result)
    call.#observation?.failed(errorTypeOf(error))
  }

  /** Called when a request of `node:http` has failed. */
  static httpFailed(call: ClientRequest, error: unknown): void {
    if (!(#caller in call)) return
    try {
      ClientCallState.failed(call, error)
    } finally {
      call.#trace?.failed(error)
    }
  }
}

const onClose = guardVoid('http_call_close', (call: ClientRequest) => ClientCallState.closed(call))

/** One function for all requests, so that a call needs no closure. */
function onRequestClose(this: ClientRequest): void {
  onClose(this)
}
