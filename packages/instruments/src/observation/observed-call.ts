import type { Context } from '@opentelemetry/api'
import type { AttemptFailure } from './attempt-outcome.ts'
import type { BodyDecoder } from './stream-observation.ts'

/** The headers of the response to an outgoing call. */
export interface CallResponse {
  readonly status: number
  /** `content-type`. */
  readonly contentType: string | undefined
  /** Whether the body has no content coding. */
  readonly isIdentity: boolean
  /** Decodes the body, also one without a content coding; `undefined` if the coding is unknown. */
  readonly decoder: BodyDecoder | undefined
}

/** Receives the bodies of an outgoing call. The hooks of HTTP clients call it, in any context. */
export interface ObservedCall {
  /** Sets the context that has the client span of the call. */
  setContext(context: Context): void
  /** Called with each part of the request body when it is sent; text is sent as UTF-8. */
  requestChunk(chunk: Uint8Array | string): void
  /** Called when the whole request has been sent. */
  requestSent(): void
  /** Called when the headers of the response have arrived, not with those of interim responses. */
  responseStarted(response: CallResponse): void
  /** Called with each part of the response body, before the application receives it. */
  responseChunk(chunk: Uint8Array): void
  /** Called when the whole response has been received. */
  completed(): void
  /** Called when the call failed, before or during its response. */
  failed(failure: AttemptFailure, error: unknown): void
}
