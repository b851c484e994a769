import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { subscribeAll } from '../patching/channels.ts'
import { type Undo, undoAll } from '../patching/undo.ts'
import { CallBodies } from './call-bodies.ts'
import { failureNow } from './call-failure.ts'
import { callResponse } from './call-response.ts'
import { serverOfOrigin } from './call-server.ts'
import { mayReadBodies, observeLlmCall } from './llm-calls.ts'
import { isTracingSuppressed } from './suppressed-tracing.ts'
import { UndiciRequests } from './undici-requests.ts'

/** A request of undici as its channels publish it. */
interface UndiciRequest {
  readonly method: string
  readonly origin: string | URL
  /** With the query. */
  readonly path: string
  readonly contentType?: unknown
  readonly body?: unknown
}

interface UndiciResponse {
  readonly statusCode: number
  /** Names and values in turn. */
  readonly headers: readonly unknown[]
}

/**
 * Reads the bodies of calls by `fetch` and undici that may be calls to LLM APIs.
 * @returns stops it
 */
export function observeUndiciBodies(instruments: GatewayInstruments): Undo {
  const requests = new UndiciRequests()
  const unsubscribe = subscribeAll({
    'undici:request:create': ({ request }: { request: UndiciRequest }) => {
      if (!mayReadBodies(request.method, request.path)) return
      const context = instruments.activeContext()
      if (isTracingSuppressed(context)) return
      const call = observeLlmCall(instruments, outgoingCall(request), context)
      if (call === undefined) return
      new CallBodies(request, call)
      requests.created(request)
    },
    'undici:request:bodyChunkSent': ({ request, chunk }: { request: object; chunk: unknown }) =>
      requests.bodyChunkSent(request, chunk),
    'undici:request:bodySent': ({ request }: { request: object }) => CallBodies.requestSent(request),
    'undici:request:headers': ({ request, response }: { request: object; response: UndiciResponse }) => {
      if (!CallBodies.areRead(request)) return
      const { statusCode, headers } = response
      const type = headerIn(headers, 'content-type')
      CallBodies.responseStarted(
        request,
        callResponse(statusCode, type, headerIn(headers, 'content-encoding')),
      )
    },
    'undici:request:bodyChunkReceived': ({ request, chunk }: { request: object; chunk: unknown }) =>
      requests.bodyChunkReceived(request, chunk),
    'undici:request:trailers': ({ request }: { request: object }) => CallBodies.completed(request),
    'undici:request:error': ({ request, error }: { request: UndiciRequest; error: unknown }) => {
      CallBodies.requestNotSent(request, request.body)
      CallBodies.failed(request, failureNow(error), error)
    },
  })
  return () => undoAll([unsubscribe, () => requests.stop()])
}

function outgoingCall(request: UndiciRequest): Parameters<typeof observeLlmCall>[1] {
  const { method, path: target, contentType, origin } = request
  return {
    method,
    target,
    contentType: () => (typeof contentType === 'string' ? contentType : ''),
    server: () => serverOfOrigin(origin),
  }
}

/** @param name in lower case. Names of another length are not decoded. */
function headerIn(headers: readonly unknown[], name: string): string | undefined {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const { length } = headers[i] as { readonly length: number }
    if (length === name.length && String(headers[i]).toLowerCase() === name) return String(headers[i + 1])
  }
  return undefined
}
