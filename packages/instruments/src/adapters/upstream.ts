import type { ClientRequest, IncomingMessage } from 'node:http'
import { type Context, createContextKey, type Span, trace } from '@opentelemetry/api'
import type { GatewayInstruments } from '../instruments/catalog.ts'
import {
  CallObservation,
  errorTypeOf,
  resultOfError,
  resultOfStatus,
} from '../observation/call-observation.ts'
import type { RequestObservation } from '../observation/request-observation.ts'
import { failureOf } from './answer-failure.ts'
import { type CallServer, serverOfOrigin, serverOfRequest } from './call-server.ts'
import { type ChannelHooks, subscribeAll } from './channels.ts'
import { currentRequest } from './current-request.ts'

/** The request of undici as its channels publish it. */
interface UndiciRequest {
  readonly method: string
  readonly origin: string | URL
}

/** The connection of a call of undici. */
interface UndiciSocket {
  readonly alpnProtocol?: unknown
}

/** Gives what it is given, so that a class that extends it puts its private fields there (ECMA-262 section 10.2.2). */
function given(target: object): object {
  return target
}

/**
 * On the object that stands for a call on its channels: the request that it is made for, its measurement if calls are
 * measured, and its span if it has one. Nobody sees a private field, and a table beside the objects costs a hundred times
 * as much.
 */
class CallStamp extends (given as unknown as new (target: object) => object) {
  readonly #caller: RequestObservation | undefined
  readonly #measured: CallObservation | undefined
  #span: Span | undefined

  constructor(call: object, caller: RequestObservation | undefined, measured: CallObservation | undefined) {
    super(call)
    this.#caller = caller
    this.#measured = measured
  }

  static isOn(call: object): boolean {
    return #caller in call
  }

  static enter(call: object, context: Context): void {
    const stamp = #caller in call ? call : new CallStamp(call, undefined, undefined)
    stamp.#span = trace.getSpan(context)
    stamp.#measured?.enter(context)
  }

  static spanOf(call: object): Span | undefined {
    return #caller in call ? call.#span : undefined
  }

  static sent(call: object, protocolVersion: string): void {
    if (#measured in call) call.#measured?.sent(protocolVersion)
  }

  /** Early hints (1xx) come before the answer and are none. */
  static answered(call: object, status: number): void {
    if (!(#caller in call) || status < 200) return
    call.#caller?.setUpstreamResult(resultOfStatus(status))
    call.#measured?.answered(status)
  }

  static ended(call: object): void {
    if (#measured in call) call.#measured?.ended()
  }

  static failed(call: object, error: unknown): void {
    if (!(#caller in call)) return
    const result = resultOfError(error)
    if (result !== undefined) call.#caller?.setUpstreamResult(result)
    call.#measured?.failed(errorTypeOf(error))
  }
}

/**
 * Sets the context of a call, which has the span that was made for it: exemplars of the call's metrics name that span.
 * @param request of `node:http` or of undici, as their channels publish it
 */
export function enterCall(request: object, context: Context): void {
  CallStamp.enter(request, context)
}

/** Returns the span in the context that {@link enterCall} set for a call. */
export function spanOfCall(request: object): Span | undefined {
  return CallStamp.spanOf(request)
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
export function observeUpstream(instruments: GatewayInstruments): () => void {
  const begin: Begin = (call, method, serverOf) => {
    const caller = currentRequest()
    const { httpSemconv } = instruments
    if (caller === undefined && httpSemconv === undefined) return
    const context = instruments.activeContext()
    if (isSuppressed(context)) return
    const measured =
      httpSemconv &&
      new CallObservation(instruments, httpSemconv, { method, server: () => serverOf(call), context })
    new CallStamp(call, caller, measured)
  }
  return subscribeAll({ ...undiciHooks(begin), ...httpHooks(begin) })
}

type Begin = <Call extends object>(call: Call, method: string, serverOf: (call: Call) => CallServer) => void

function undiciHooks(begin: Begin): ChannelHooks {
  return {
    'undici:request:create': ({ request }: { request: UndiciRequest }) =>
      begin(request, request.method, serverOfUndici),
    'undici:client:sendHeaders': ({ request, socket }: { request: object; socket: UndiciSocket }) =>
      CallStamp.sent(request, socket.alpnProtocol === 'h2' ? '2' : '1.1'),
    'undici:request:headers': ({
      request,
      response,
    }: {
      request: object
      response: { statusCode: number }
    }) => CallStamp.answered(request, response.statusCode),
    'undici:request:trailers': ({ request }: { request: object }) => CallStamp.ended(request),
    'undici:request:error': ({ request, error }: { request: object; error: unknown }) =>
      CallStamp.failed(request, error),
  }
}

const serverOfUndici = ({ origin }: UndiciRequest): CallServer => serverOfOrigin(origin)

function httpHooks(begin: Begin): ChannelHooks {
  return {
    'http.client.request.created': ({ request }: { request: ClientRequest }) =>
      begin(request, request.method, serverOfRequest),
    'http.client.request.error': ({ request, error }: { request: ClientRequest; error: unknown }) =>
      CallStamp.failed(request, error),
    'http.client.response.finish': ({
      request,
      response,
    }: {
      request: ClientRequest
      response: IncomingMessage
    }) => {
      if (!CallStamp.isOn(request)) return
      // The channel means that the headers are there; the end of the body is only told by the response.
      CallStamp.sent(request, response.httpVersion)
      CallStamp.answered(request, response.statusCode ?? 0)
      response.on('close', () => {
        const failure = failureOf(response)
        if (failure === undefined) CallStamp.ended(request)
        else CallStamp.failed(request, failure)
      })
    },
  }
}
