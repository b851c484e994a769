import type { Context } from '@opentelemetry/api'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { GatewayCallRecorder } from '../observation/gateway-call-recorder.ts'
import { apiOfPath, isModelListPath } from '../observation/llm-api-path.ts'
import { LlmCallObservation } from '../observation/llm-call-observation.ts'
import { isJsonType, mediaType } from '../observation/media-type.ts'
import { ModelListObservation } from '../observation/model-list-observation.ts'
import type { ObservedCall } from '../observation/observed-call.ts'
import { currentRequest } from '../request-context/current-request.ts'
import type { CallServer } from './call-server.ts'

/** An outgoing call at its start. */
export interface OutgoingCall {
  readonly method: string
  /** Path and query, or an absolute URL. */
  readonly target: string
  /** Returns the `content-type` that is known now; it may be set later. */
  readonly contentType: () => string | undefined
  readonly server: () => CallServer
}

/** Returns whether a group is enabled that needs the bodies of calls to LLM APIs. */
export function areLlmCallsMeasured({ genai, upstream, measuresTools }: GatewayInstruments): boolean {
  return genai !== undefined || upstream !== undefined || measuresTools
}

/**
 * Returns whether the bodies of a call may be read: a call by POST, or a request for the list of models. Cheap, since it is
 * called for each call of the application.
 */
export function mayReadBodies(method: string, target: string): boolean {
  return method === 'POST' || (method === 'GET' && isModelListPath(target))
}

/**
 * Starts the observation of a call that {@link mayReadBodies} accepted.
 * @returns `undefined` if it is certainly no call to an LLM API
 */
export function observeLlmCall(
  instruments: GatewayInstruments,
  { method, target, contentType, server }: OutgoingCall,
  context: Context,
): ObservedCall | undefined {
  if (method === 'GET') return new ModelListObservation(instruments.models)
  const path = apiOfPath(target)
  if (path === 'none' || (path === undefined && !mayBeJson(contentType()))) return undefined
  const recorder = new GatewayCallRecorder(instruments, currentRequest())
  return new LlmCallObservation(recorder, { path, contentType, server, context })
}

function mayBeJson(contentType: string | undefined): boolean {
  return contentType === undefined || isJsonType(mediaType(contentType))
}
