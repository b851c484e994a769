import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Context } from '@opentelemetry/api'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import type { Hook } from '../instruments/internal-errors.ts'
import { CallObservation } from '../observation/call-observation.ts'
import { type ChannelHooks, subscribeAll } from '../patching/channels.ts'
import { guard } from '../patching/guard.ts'
import { undoAll } from '../patching/undo.ts'
import { currentRequest } from '../request-context/current-request.ts'
import { NOOP_TRACER, type RequestTracer } from '../tracing/request-tracer.ts'
import { CallBodies } from './call-bodies.ts'
import { type CallServer, serverOfOrigin, serverOfRequest } from './call-server.ts'
import { ClientCallState } from './client-call-state.ts'
import { observeHttpBodies } from './http-bodies.ts'
import { areLlmCallsMeasured } from './llm-calls.ts'
import { Redirects, type UndiciCall } from './redirects.ts'
import { isTracingSuppressed } from './suppressed-tracing.ts'
import { observeUndiciBodies } from './undici-bodies.ts'
import { currentResendCount } from './undici-resend.ts'
import { isUnobservedRequest } from './unobserved-request.ts'

/** A request of undici as its channels publish it. */
interface UndiciRequest extends UndiciCall {
  readonly method: string
}

/** The connection of a call of undici. */
interface UndiciSocket {
  readonly alpnProtocol?: unknown
}

/**
 * Observes the calls that the application makes by `fetch`, undici or `node:http`. The result of a call is set on the
 * request that it is made for: a stream whose engine failed did not complete, even if the gateway ended it normally.
 * Ignores calls in a context that suppresses tracing, which are those of exporters.
 * @returns stops it
 */
export function observeClientCalls(instruments: GatewayInstruments, tracer = NOOP_TRACER): () => void {
  // First, so that the result of a call is recorded before its span ends.
  const bodies =
    areLlmCallsMeasured(instruments) || tracer !== NOOP_TRACER
      ? [observeUndiciBodies(instruments), observeHttpBodies(instruments)]
      : []
  const calls = subscribeAll({ ...undiciHooks(instruments, tracer), ...httpHooks(instruments, tracer) })
  return () => undoAll([calls, ...bodies])
}

function undiciHooks(instruments: GatewayInstruments, tracer: RequestTracer): ChannelHooks {
  const redirects = new Redirects()
  const hook = 'undici:request:create'
  const observeCall = callObserver(hook, instruments, serverOfUndici)
  const startCall: RequestTracer['startUndiciCall'] = guard(
    hook,
    (...call) => tracer.startUndiciCall(...call),
    undefined,
  )
  return {
    [hook]: ({ request }: { request: UndiciRequest }) => {
      const context = instruments.activeContext()
      if (isTracingSuppressed(context)) return
      const resendCount = currentResendCount() || redirects.countBefore(request)
      observeCall(request, context, resendCount)
      const spanContext = startCall(request, context, resendCount)
      if (spanContext === undefined) return
      ClientCallState.setContext(request, spanContext)
      CallBodies.setContext(request, spanContext)
    },
    'undici:client:sendHeaders': ({ request, socket }: { request: object; socket: UndiciSocket }) =>
      ClientCallState.connected(request, socket.alpnProtocol === 'h2' ? '2' : '1.1'),
    'undici:request:headers': ({
      request,
      response,
    }: {
      request: UndiciRequest
      response: { statusCode: number; headers: readonly unknown[] }
    }) => {
      ClientCallState.statusReceived(request, response.statusCode)
      redirects.responseReceived(request, response.statusCode, response.headers)
    },
    'undici:request:trailers': ({ request }: { request: object }) => ClientCallState.completed(request),
    'undici:request:error': ({ request, error }: { request: object; error: unknown }) =>
      ClientCallState.failed(request, error),
  }
}

const serverOfUndici = ({ origin }: UndiciRequest): CallServer => serverOfOrigin(origin)

function httpHooks(instruments: GatewayInstruments, tracer: RequestTracer): ChannelHooks {
  const hook = 'http.client.request.created'
  const observeCall = callObserver(hook, instruments, serverOfRequest)
  const startCall: RequestTracer['startHttpCall'] = guard(
    hook,
    (...call) => tracer.startHttpCall(...call),
    undefined,
  )
  return {
    [hook]: ({ request }: { request: ClientRequest }) => {
      const context = instruments.activeContext()
      if (isTracingSuppressed(context) || isUnobservedRequest(request)) return
      observeCall(request, context, 0)
      const trace = startCall(request, context)
      if (trace !== undefined) {
        ClientCallState.setTrace(request, trace)
        CallBodies.setContext(request, trace.context)
      }
      // No channel publishes the end of a response, nor one that switches protocols.
      ClientCallState.listen(request)
    },
    'http.client.request.error': ({ request, error }: { request: ClientRequest; error: unknown }) =>
      ClientCallState.httpFailed(request, error),
    // Published when the headers of the response have arrived, in spite of its name.
    'http.client.response.finish': ({
      request,
      response,
    }: {
      request: ClientRequest
      response: IncomingMessage
    }) => ClientCallState.responseReceived(request, response),
  }
}

/**
 * Returns a function that attaches a state to a call if the call belongs to a server request, is measured, or is a resend.
 * It does not throw: a call whose measurement fails is traced all the same.
 */
function callObserver<Call extends { readonly method: string }>(
  hook: Hook,
  instruments: GatewayInstruments,
  serverOf: (call: Call) => CallServer,
): (call: Call, context: Context, resendCount: number) => void {
  const { httpSemconv } = instruments
  const measure = guard(
    hook,
    (call: Call, context: Context): CallObservation | undefined =>
      httpSemconv &&
      new CallObservation(instruments, httpSemconv, {
        method: call.method,
        server: () => serverOf(call),
        context,
      }),
    undefined,
  )
  return (call, context, resendCount) => {
    const caller = currentRequest()
    if (caller === undefined && httpSemconv === undefined && resendCount === 0) return
    new ClientCallState(call, caller, measure(call, context), resendCount)
  }
}
