import { subscribe, unsubscribe } from 'node:diagnostics_channel'
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
import { currentRequest } from './current-request.ts'
import { guardVoid } from './guard.ts'

/** The request of undici as its channels publish it. */
interface UndiciRequest {
  readonly method: string
  readonly origin: string | URL
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
    const errorType = errorTypeOf(error)
    if (call.#span?.isRecording()) call.#span.setAttribute('error.type', errorType)
    call.#measured?.failed(errorType)
  }
}

/**
 * Tells the context of a call, which has the span that an instrumentation made of it: its exemplars name that span, and
 * the span tells why the call failed, before its instrumentation ends it.
 * @param request of `node:http` or of undici, as the hooks of the instrumentations are given it
 */
export function enterCall(request: object, context: Context): void {
  CallStamp.enter(request, context)
}

/** The span in the context that {@link enterCall} was told for a call. */
export function spanOfCall(request: object): Span | undefined {
  return CallStamp.spanOf(request)
}

/** Set by an exporter, in the context that it sends in, as `suppressTracing` of `@opentelemetry/core` does. */
const SUPPRESSED = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/** By channel: what is done with what it publishes. */
type Hooks = Readonly<Record<string, (message: never) => void>>

/**
 * Observes the calls that the application makes by `fetch`, undici or `node:http`: each tells the request that it is made
 * for how it ended. A stream whose engine failed did not complete, however politely the gateway ends it. What an
 * exporter sends, by the word of its context, is none of the application's calls.
 * @returns undoes it
 */
export function observeUpstream(instruments: GatewayInstruments): () => void {
  const begin: Begin = (call, method, origin) => {
    const caller = currentRequest()
    const { httpSemconv } = instruments
    if (caller === undefined && httpSemconv === undefined) return
    const context = instruments.activeContext()
    if (context.getValue(SUPPRESSED) === true) return
    const measured = httpSemconv && new CallObservation(instruments, httpSemconv, { method, origin, context })
    new CallStamp(call, caller, measured)
  }
  return subscribeAll({ ...undiciHooks(begin), ...httpHooks(begin) })
}

type Begin = (call: object, method: string, origin: string | URL) => void

function undiciHooks(begin: Begin): Hooks {
  return {
    'undici:request:create': ({ request }: { request: UndiciRequest }) =>
      begin(request, request.method, request.origin),
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

function httpHooks(begin: Begin): Hooks {
  return {
    'http.client.request.created': ({ request }: { request: ClientRequest }) => {
      const host = request.getHeader('host') ?? request.host
      begin(request, request.method, `${request.protocol}//${host}`)
    },
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
      CallStamp.answered(request, response.statusCode ?? 0)
      // An answer that breaks off has no event `error` unless the application listens for one.
      response.on('close', () =>
        response.errored === null ? CallStamp.ended(request) : CallStamp.failed(request, response.errored),
      )
    },
  }
}

function subscribeAll(hooks: Hooks): () => void {
  const listeners = Object.entries(hooks).map(([name, hook]) => {
    const listener = guardVoid(`channel ${name}`, (message: unknown) => hook(message as never))
    subscribe(name, listener)
    return [name, listener] as const
  })
  return () => {
    for (const [name, listener] of listeners) unsubscribe(name, listener)
  }
}
