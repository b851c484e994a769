import type { ClientRequest, IncomingMessage } from 'node:http'
import { type Context, createContextKey } from '@opentelemetry/api'
import type { GatewayInstruments } from '../instruments/catalog.ts'
import { CallObservation } from '../observation/call-observation.ts'
import { type ChannelHooks, subscribeAll } from '../patching/channels.ts'
import { currentRequest } from '../request-context/current-request.ts'
import { type CallServer, serverOfOrigin, serverOfRequest } from './call-server.ts'
import { ClientCallState } from './client-call-state.ts'
import { Redirects, type UndiciCall } from './redirects.ts'
import { resendsOfDispatch } from './undici-resend.ts'

/** The request of undici as its channels publish it. */
interface UndiciRequest extends UndiciCall {
  readonly method: string
}

/** The connection of a call of undici. */
interface UndiciSocket {
  readonly alpnProtocol?: unknown
}

/** Set by an exporter, in the context that it sends in, as `suppressTracing` of `@opentelemetry/core` does. */
const SUPPRESSED = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/** Whether no spans and no metrics are made in a context: an exporter sends in it. */
export function isSuppressed(context: Context): boolean {
  return context.getValue(SUPPRESSED) === true
}

/**
 * Observes the calls that the application makes by `fetch`, undici or `node:http`: each tells the request that it is made
 * for how it ended. A stream whose engine failed did not complete, however politely the gateway ends it. What an
 * exporter sends, by the word of its context, is none of the application's calls.
 * @returns undoes it
 */
export function observeClientCalls(instruments: GatewayInstruments): () => void {
  const begin: Begin = (call, method, serverOf, resends) => {
    const caller = currentRequest()
    const { httpSemconv } = instruments
    if (caller === undefined && httpSemconv === undefined && resends === 0) return
    const context = instruments.activeContext()
    if (isSuppressed(context)) return
    const measured =
      httpSemconv &&
      new CallObservation(instruments, httpSemconv, { method, server: () => serverOf(call), context })
    new ClientCallState(call, caller, measured, resends)
  }
  return subscribeAll({ ...undiciHooks(begin), ...httpHooks(begin) })
}

type Begin = <Call extends object>(
  call: Call,
  method: string,
  serverOf: (call: Call) => CallServer,
  resends: number,
) => void

function undiciHooks(begin: Begin): ChannelHooks {
  const redirects = new Redirects()
  return {
    'undici:request:create': ({ request }: { request: UndiciRequest }) =>
      begin(request, request.method, serverOfUndici, resendsOfDispatch() || redirects.before(request)),
    'undici:client:sendHeaders': ({ request, socket }: { request: object; socket: UndiciSocket }) =>
      ClientCallState.sent(request, socket.alpnProtocol === 'h2' ? '2' : '1.1'),
    'undici:request:headers': ({
      request,
      response,
    }: {
      request: UndiciRequest
      response: { statusCode: number; headers: readonly unknown[] }
    }) => {
      ClientCallState.answered(request, response.statusCode)
      redirects.answered(request, response.statusCode, response.headers)
    },
    'undici:request:trailers': ({ request }: { request: object }) => ClientCallState.ended(request),
    'undici:request:error': ({ request, error }: { request: object; error: unknown }) =>
      ClientCallState.failed(request, error),
  }
}

const serverOfUndici = ({ origin }: UndiciRequest): CallServer => serverOfOrigin(origin)

function httpHooks(begin: Begin): ChannelHooks {
  return {
    'http.client.request.created': ({ request }: { request: ClientRequest }) => {
      begin(request, request.method, serverOfRequest, 0)
      // Not every call has an event of its own at its end on the channels: not one that is answered with another protocol.
      ClientCallState.watch(request)
    },
    'http.client.request.error': ({ request, error }: { request: ClientRequest; error: unknown }) =>
      ClientCallState.failed(request, error),
    'http.client.response.finish': ({
      request,
      response,
    }: {
      request: ClientRequest
      response: IncomingMessage
    }) => {
      if (!ClientCallState.isOn(request)) return
      // The channel means that the headers are there; the end of the body is only told by the response.
      ClientCallState.sent(request, response.httpVersion)
      ClientCallState.answered(request, response.statusCode ?? 0)
      ClientCallState.watchAnswer(request, response)
    },
  }
}
