import type { Context } from '@opentelemetry/api'
import type { AttemptFailure } from '../observation/attempt-outcome.ts'
import type { CallResponse, ObservedCall } from '../observation/observed-call.ts'
import { PrivateState } from '../patching/private-state.ts'

/**
 * Passes the bodies of an outgoing call to its observation, in a private field of the request object that the diagnostics
 * channels publish. The observation is freed when the call ends, although the object may live on.
 */
export class CallBodies extends PrivateState {
  #call: ObservedCall | undefined
  #isRequestStarted = false

  constructor(request: object, call: ObservedCall) {
    super(request)
    this.#call = call
  }

  /** Whether the bodies of a call are read, and it has not ended. */
  static areRead(request: object): boolean {
    return #call in request && request.#call !== undefined
  }

  /** Sets the context that has the client span of a call. */
  static setContext(request: object, context: Context): void {
    if (#call in request) request.#call?.setContext(context)
  }

  /** Called with each part of the request body; text is sent as UTF-8. */
  static requestChunk(request: object, chunk: unknown): void {
    if (!(#call in request) || !isData(chunk)) return
    request.#isRequestStarted = true
    request.#call?.requestChunk(chunk)
  }

  /**
   * Called when a call has failed. If nothing of its request was sent, the body shows what was requested.
   * @param body as the application passed it
   */
  static requestNotSent(request: object, body: unknown): void {
    if (!(#call in request) || request.#isRequestStarted || !isData(body)) return
    CallBodies.requestChunk(request, body)
    CallBodies.requestSent(request)
  }

  /** Called when the whole request has been sent. */
  static requestSent(request: object): void {
    if (#call in request) request.#call?.requestSent()
  }

  /** Called when the headers of a response have arrived. Ignores those of interim responses. */
  static responseStarted(request: object, response: CallResponse): void {
    if (#call in request && response.status >= 200) request.#call?.responseStarted(response)
  }

  /** Called with each part of the response body. */
  static responseChunk(request: object, chunk: unknown): void {
    if (#call in request && chunk instanceof Uint8Array) request.#call?.responseChunk(chunk)
  }

  /** Called when the whole response has been received. */
  static completed(request: object): void {
    if (#call in request) request.#release()?.completed()
  }

  /** Called when a call has failed. */
  static failed(request: object, failure: AttemptFailure, error: unknown): void {
    if (#call in request) request.#release()?.failed(failure, error)
  }

  #release(): ObservedCall | undefined {
    const call = this.#call
    this.#call = undefined
    return call
  }
}

function isData(chunk: unknown): chunk is Uint8Array | string {
  return typeof chunk === 'string' || chunk instanceof Uint8Array
}
