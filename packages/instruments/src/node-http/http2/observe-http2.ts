import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { context as contexts } from '@opentelemetry/api'
import { attachObservation, observationOf } from '../../observation/observation-registry.ts'
import { RequestObservation } from '../../observation/request-observation.ts'
import { guard, guardVoid } from '../../patching/guard.ts'
import { type Undo, undoAll } from '../../patching/undo.ts'
import { type Method, wrapMethod } from '../../patching/wrap-method.ts'
import { resumeRequestContext, runInRequestContext } from '../../request-context/current-request.ts'
import { NOOP_TRACER, type RequestTrace } from '../../tracing/request-tracer.ts'
import type { EventContext } from '../event-context.ts'
import { onServerListening } from '../on-server-listening.ts'
import type { Interceptor, NodeHttpOptions } from '../options.ts'
import { isHttp2Server, ServerEmit } from '../server-emit.ts'
import { isWebSocketHandshake, webSocketStart } from './extended-connect.ts'
import { Http2Observation } from './http2-observation.ts'
import { wrapHttp2Stream } from './stream-hooks.ts'

/**
 * Observes the HTTP/2 requests of every `node:http2` server, secure or not, with the compatibility API and with the
 * stream API. HTTP/1 requests to the same servers are observed as those of `node:http`. `node:http2` is not loaded for
 * this: a server is wrapped when it listens. Only if the application has loaded the module already, its servers may be
 * listening, and both server classes are wrapped at once.
 * @returns undoes it
 */
export function observeHttp2(options: NodeHttpOptions, serverEmit: ServerEmit, events: EventContext): Undo {
  const undo: Undo[] = []
  const emitStream = streamEmitter(options, events, undo)
  const observe = (server: Http2Server): void => {
    if (ServerEmit.isWrapped(server)) return
    const target = ServerEmit.targetOf(server)
    undo.push(wrapEmit(target, emitStream), serverEmit.wrap(target as unknown as Server))
  }
  for (const server of serversOfLoadedClasses()) observe(server)
  undo.push(
    onServerListening((server) => {
      if (isHttp2Server(server)) observe(server)
    }),
  )
  return () => undoAll(undo)
}

/** Returns a server of each class, which never listens, if the application has loaded `node:http2`; else none. */
function serversOfLoadedClasses(): Http2Server[] {
  const { moduleLoadList } = process as { readonly moduleLoadList?: readonly string[] }
  if (moduleLoadList?.includes('NativeModule http2') !== true) return []
  const { createServer, createSecureServer } = process.getBuiltinModule('node:http2')
  return [createServer(), createSecureServer()]
}

type EmitStream = (server: Http2Server, original: Method, args: unknown[]) => unknown

function wrapEmit(server: Http2Server, emitStream: EmitStream): Undo {
  return wrapMethod(
    server,
    'emit',
    (original, wrap) =>
      function emit(this: Http2Server, ...args: unknown[]): unknown {
        if (wrap.isUndone) return original(this, args)
        if (args[0] === 'stream') return emitStream(this, original, args)
        if (COMPAT_EVENTS.has(args[0])) attachToCompat(args[1], args[2])
        return original(this, args)
      },
  )
}

/** Events of the compatibility API with a request and a response. */
const COMPAT_EVENTS: ReadonlySet<unknown> = new Set(['request', 'checkContinue', 'connect'])

/** The compatibility API creates a request and a response for a stream while the server emits its `stream` event. */
const attachToCompat = guardVoid('http2_request', (request: unknown, response: unknown) => {
  const { stream } = request as { readonly stream?: object }
  const observation = stream === undefined ? undefined : observationOf(stream)
  if (observation === undefined) return
  attachObservation(request as object, observation)
  attachObservation(response as object, observation)
})

function streamEmitter(options: NodeHttpOptions, events: EventContext, undo: Undo[]): EmitStream {
  const wrapped = new WeakSet<object>()
  const wrapStream = guardVoid('server_wrap', (stream: ServerHttp2Stream) => {
    const prototype = Object.getPrototypeOf(stream) as ServerHttp2Stream
    if (!wrapped.has(prototype)) undo.push(wrapHttp2Stream(prototype, events))
    wrapped.add(prototype)
  })
  const begin = guard('request_start', beginRequest(options), undefined)
  const beginWebSocket = guard('upgrade_start', webSocketStart(options), undefined)
  const isIntercepted = guard('request_interceptor', interceptStream(options.intercept), false)
  const onThrow = guardVoid('request_exception', (observation: RequestObservation, error: unknown) =>
    observation.recordException(error),
  )
  return (server, original, args) => {
    const [, stream, headers] = args as [string, ServerHttp2Stream, IncomingHttpHeaders]
    const emit = (): unknown => original(server, args)
    const known = observationOf(stream) // if the application emits the event again
    if (known !== undefined) return resumeRequestContext(known, emit)
    if (isIntercepted(server, stream, headers)) return true
    wrapStream(stream)
    if (isWebSocketHandshake(headers)) {
      const socket = beginWebSocket(server, stream, headers)
      return socket === undefined ? emit() : runInRequestContext(socket, emit)
    }
    const begun = begin(server, stream, headers)
    if (begun === undefined) return emit()
    if (!(begun instanceof RequestObservation)) return contexts.with(begun.context, emit)
    try {
      return runInRequestContext(begun, emit)
    } catch (error) {
      onThrow(begun, error)
      throw error
    }
  }
}

/** Returns what begins a request: it returns the observation, or the trace of a request that is not observed. */
function beginRequest({ instruments, observes, tracer = NOOP_TRACER }: NodeHttpOptions) {
  const isObserved = guard('request_filter', observes ?? (() => true), true)
  const startTrace = guard(
    'request_trace',
    (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, isExcluded: boolean) =>
      tracer.startHttp2(headers, stream.session?.socket, isExcluded),
    undefined,
  )
  const setContext = guardVoid(
    'request_context',
    (observation: RequestObservation, trace: RequestTrace | undefined) =>
      trace === undefined ? observation.setContext(instruments.activeContext()) : observation.setTrace(trace),
  )
  return (
    server: Http2Server,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
  ): RequestObservation | RequestTrace | undefined => {
    const method = headers[':method']
    if (method === 'CONNECT') return undefined // a tunnel, not a request
    const isExcluded = !isObserved(headers[':path'], server as unknown as Server)
    const trace = startTrace(stream, headers, isExcluded)
    if (isExcluded) return trace
    const scheme = headers[':scheme'] === 'https' ? 'https' : 'http'
    const observation = new Http2Observation(instruments, {
      method,
      scheme,
      protocolVersion: '2',
      target: headers[':path'],
    })
    attachObservation(stream, observation)
    setContext(observation, trace)
    return observation
  }
}

/**
 * Returns what passes a stream to the handler of the interceptor, if there is one. For an application with the
 * compatibility API, `ServerEmit` intercepts its requests instead.
 */
function interceptStream(intercept: Interceptor | undefined) {
  return (server: Http2Server, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean => {
    if (intercept === undefined || server.listenerCount('request') > 0) return false
    const handler = intercept(headers[':path'], server as unknown as Server)
    if (handler === undefined) return false
    const { Http2ServerRequest, Http2ServerResponse } = process.getBuiltinModule('node:http2')
    const request = new Http2ServerRequest(stream, headers, {}, [])
    const response = new Http2ServerResponse(stream)
    handler(request as unknown as IncomingMessage, response as unknown as ServerResponse)
    return true
  }
}
