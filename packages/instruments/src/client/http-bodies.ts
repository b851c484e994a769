import type { ClientRequest, IncomingMessage } from 'node:http'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { subscribeAll } from '../patching/channels.ts'
import { guardVoid } from '../patching/guard.ts'
import { PrivateState } from '../patching/private-state.ts'
import type { Undo } from '../patching/undo.ts'
import { wrapMethod } from '../patching/wrap-method.ts'
import { CallBodies } from './call-bodies.ts'
import { completionOf } from './call-completion.ts'
import { failureOf } from './call-failure.ts'
import { callResponse } from './call-response.ts'
import { serverOfRequest } from './call-server.ts'
import { mayReadBodies, observeLlmCall } from './llm-calls.ts'
import { allowListener } from './own-listener.ts'
import { sentHeader } from './sent-header.ts'
import { isTracingSuppressed } from './suppressed-tracing.ts'
import { isInTimerCallback } from './timer-callback.ts'
import { isUnobservedRequest } from './unobserved-request.ts'

/**
 * Reads the bodies of calls by `node:http` and `node:https` that may be calls to LLM APIs. No channel publishes them, so methods
 * of these requests and of their responses are wrapped. A listener for `data` would start the flow of a response.
 * @returns stops it
 */
export function observeHttpBodies(instruments: GatewayInstruments): Undo {
  return subscribeAll({
    'http.client.request.created': ({ request }: { request: ClientRequest }) => {
      const { method, path: target } = request
      if (!mayReadBodies(method, target)) return
      const context = instruments.activeContext()
      if (isTracingSuppressed(context) || isUnobservedRequest(request)) return
      const contentType = (): string | undefined => sentHeader(request, 'content-type')
      const server = (): ReturnType<typeof serverOfRequest> => serverOfRequest(request)
      const call = observeLlmCall(instruments, { method, target, contentType, server }, context)
      if (call === undefined) return
      new CallBodies(request, call)
      new HttpCallHooks(request)
    },
    'http.client.response.finish': ({
      request,
      response,
    }: {
      request: ClientRequest
      response: IncomingMessage
    }) => {
      if (!CallBodies.areRead(request)) return
      const { statusCode = 0, headers } = response
      const { 'content-type': type, 'content-encoding': encoding } = headers
      CallBodies.responseStarted(request, callResponse(statusCode, type, encoding))
      hookResponse(request, response)
    },
    'http.client.request.error': ({ request, error }: { request: ClientRequest; error: unknown }) =>
      HttpCallHooks.failed(request, error),
  })
}

const onRequestChunk = guardVoid('llm_call', (request: ClientRequest, chunk: unknown, encoding: unknown) => {
  const isCoded = typeof chunk === 'string' && typeof encoding === 'string' && !/^utf-?8$/i.test(encoding)
  if (!isCoded) CallBodies.requestChunk(request, chunk)
  // Node throws for an unknown encoding.
  else if (Buffer.isEncoding(encoding)) CallBodies.requestChunk(request, Buffer.from(chunk, encoding))
})

const onRequestEnd = guardVoid('llm_call', (request: ClientRequest) => CallBodies.requestSent(request))

const onResponseChunk = guardVoid(
  'llm_call',
  (request: ClientRequest, response: IncomingMessage, chunk: unknown) => {
    if (chunk !== null) CallBodies.responseChunk(request, chunk)
    else if (response.complete) CallBodies.completed(request)
  },
)

const onClose = guardVoid('llm_call', (request: ClientRequest) => HttpCallHooks.closed(request))

/** Wraps the method that Node passes each part of the body to, before the application receives it. */
function hookResponse(request: ClientRequest, response: IncomingMessage): void {
  wrapMethod(
    response,
    'push',
    (original) =>
      function push(this: IncomingMessage, ...args: unknown[]): unknown {
        onResponseChunk(request, response, args[0])
        return original(this, args)
      },
  )
  allowListener(response)
  response.on('close', () => onClose(request))
}

/** Reads the request body of a call, and observes why the call ends early. In private fields of the request. */
class HttpCallHooks extends PrivateState {
  #isDestroyed = false
  #isTimedOut = false

  constructor(request: ClientRequest) {
    super(request)
    allowListener(request)
    wrapWrite(request, 'write')
    wrapWrite(request, 'end')
    wrapMethod(
      request,
      'destroy',
      (original) =>
        function destroy(this: ClientRequest, ...args: unknown[]): unknown {
          HttpCallHooks.#destroyed(request)
          return original(this, args)
        },
    )
    request.once('timeout', () => (this.#isTimedOut = true))
    request.on('close', () => onClose(request))
  }

  /**
   * Called when the application destroys the request; in the callback of a timer, it has a time limit. Node itself destroys the
   * socket only.
   */
  static readonly #destroyed = guardVoid('llm_call', (request: ClientRequest) => {
    if (!(#isDestroyed in request) || request.#isDestroyed) return
    request.#isDestroyed = true
    if (isInTimerCallback()) request.#isTimedOut = true
  })

  static failed(request: ClientRequest, error: unknown): void {
    if (!(#isDestroyed in request)) return
    const failure = failureOf(error)
    if (!request.#isDestroyed || failure === 'timed_out') CallBodies.failed(request, failure, error)
    else CallBodies.failed(request, request.#isTimedOut ? 'timed_out' : 'aborted', error)
  }

  /** Called when the request and when its response has closed. */
  static closed(request: ClientRequest): void {
    const { failure } = completionOf(request)
    if (failure === undefined) CallBodies.completed(request)
    else HttpCallHooks.failed(request, failure)
  }
}

function wrapWrite(request: ClientRequest, name: 'write' | 'end'): void {
  wrapMethod(
    request,
    name,
    (original) =>
      function send(this: ClientRequest, ...args: unknown[]): unknown {
        onRequestChunk(request, args[0], args[1])
        if (name === 'end') onRequestEnd(request)
        return original(this, args)
      },
  )
}
