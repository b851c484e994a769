import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { GatewayInstruments } from '../instruments/catalog.ts'
import { attach, observationOf } from '../observation/attached.ts'
import { RequestObservation } from '../observation/request-observation.ts'
import { guard, guardVoid } from './guard.ts'
import { statusOf, unfinishedEnding } from './http-ending.ts'
import { isEventStream, sentContentType } from './http-headers.ts'
import { wrapMethod } from './wrap-method.ts'

/** Answers a request in place of the application; says whether it did. */
export type Interceptor = (request: IncomingMessage, response: ServerResponse, server: Server) => boolean

/** What {@link observeNodeHttp} is given. */
export interface NodeHttpOptions {
  readonly instruments: GatewayInstruments
  /** Which requests are measured; default: all. */
  readonly observes?: (request: IncomingMessage, server: Server) => boolean
  /** Sees every request before the application does. */
  readonly intercept?: Interceptor
}

/** The classes of `node:http`, or of `node:https`, whose servers are observed from their first request on. */
export interface HttpModule {
  readonly Server: { readonly prototype: Server }
  readonly ServerResponse?: { readonly prototype: ServerResponse }
}

const REQUEST_START = 'http.server.request.start'

interface RequestStartMessage {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly server: Server
}

/** On every prototype or server whose `emit` is wrapped: the wrapper. None is wrapped twice. */
const WRAPPED_EMIT = Symbol('wrapped emit')

/** An observation of all servers that can be ended. */
export interface NodeHttpObservation {
  /** Undoes all of it. */
  stop(): void
  /**
   * Lets some requests by everything that has wrapped `Server.prototype.emit` since: they go to the listeners at once,
   * and no instrumentation makes a span of them or runs the application with tracing suppressed.
   * To be called when the instrumentation has done its wrapping.
   */
  branchOff(passes: (request: IncomingMessage, server: Server) => boolean): void
}

/**
 * Observes the requests of every `node:http` and `node:https` server of the process, also of those made earlier.
 *
 * A request begins at the channel `http.server.request.start`, which also sees what Node answers by itself
 * (a missing `Host`, an unknown `Expect`). No channel tells when headers go out, nor that a client left, so
 * `ServerResponse.prototype.writeHead` and `.emit` are wrapped: no listener is added that an application could
 * count. `Server.prototype.emit` is wrapped for the interceptor and to learn the context that instrumentation
 * puts around the listener; so this has to run before instrumentation wraps the same method.
 *
 * @param modules `node:http`, and `node:https` only if it is loaded anyway: it brings TLS. A server of a class that
 *   is not among them is wrapped by itself at its first request.
 */
export function observeNodeHttp(
  modules: readonly HttpModule[],
  options: NodeHttpOptions,
): NodeHttpObservation {
  const undo: (() => void)[] = []
  const emitHook = emitHookOf(options)
  for (const module of modules) {
    undo.push(wrapEmit(module.Server.prototype, emitHook))
    if (module.ServerResponse !== undefined) undo.push(wrapResponse(module.ServerResponse.prototype))
  }
  const begin = guardVoid('begin of a request', ({ request, response, server }: RequestStartMessage) => {
    if (!(WRAPPED_EMIT in server)) undo.push(wrapEmit(server, emitHook))
    if (options.observes?.(request, server) === false) return
    const observation = new RequestObservation(options.instruments, request.method)
    attach(request, observation)
    attach(response, observation)
  })
  const onStart = (message: unknown): void => begin(message as RequestStartMessage)
  subscribe(REQUEST_START, onStart)
  undo.push(() => unsubscribe(REQUEST_START, onStart))
  return {
    stop() {
      for (const step of undo.splice(0).reverse()) step()
    },
    branchOff(passes) {
      for (const { Server } of modules) undo.push(wrapOutside(Server.prototype, passes))
    },
  }
}

/** What happens before a server's `emit`: says whether the event was taken over. */
type EmitHook = (server: Server, event: unknown, request: unknown, response: unknown) => boolean

function emitHookOf({ instruments, intercept }: NodeHttpOptions): EmitHook {
  const enter = guardVoid('context of a request', (request: IncomingMessage) =>
    observationOf(request)?.enter(instruments.activeContext()),
  )
  const isAnswered: Interceptor =
    intercept === undefined ? () => false : guard('interceptor', intercept, false)
  return (server, event, request, response) => {
    if (event !== 'request') return false
    if (isAnswered(request as IncomingMessage, response as ServerResponse, server)) return true
    enter(request as IncomingMessage)
    return false
  }
}

function wrapEmit(target: Server, hook: EmitHook): () => void {
  const restore = wrapMethod(
    target,
    'emit',
    (original) =>
      function emit(this: Server, ...args: unknown[]): unknown {
        return hook(this, args[0], args[1], args[2]) || Reflect.apply(original, this, args)
      },
  )
  Object.defineProperty(target, WRAPPED_EMIT, { value: target.emit, configurable: true })
  return () => {
    restore()
    Reflect.deleteProperty(target, WRAPPED_EMIT)
  }
}

function wrapOutside(
  prototype: Server & { [WRAPPED_EMIT]?: unknown },
  passes: (request: IncomingMessage, server: Server) => boolean,
): () => void {
  const inside = prototype[WRAPPED_EMIT] as Server['emit']
  const isLetBy = guard('choice of a request', passes, false)
  return wrapMethod(
    prototype,
    'emit',
    (original) =>
      function emit(this: Server, ...args: unknown[]): unknown {
        const isPassing = args[0] === 'request' && isLetBy(args[1] as IncomingMessage, this)
        return Reflect.apply(isPassing ? inside : original, this, args)
      },
  )
}

function wrapResponse(prototype: ServerResponse): () => void {
  const onHeaders = guardVoid(
    'headers of a response',
    (response: ServerResponse, args: readonly unknown[]) => {
      const observation = observationOf(response)
      if (observation === undefined) return
      const hasBody =
        response.req.method !== 'HEAD' && response.statusCode !== 204 && response.statusCode !== 304
      observation.headersSent(response.statusCode, hasBody && isEventStream(sentContentType(response, args)))
    },
  )
  const onEnd = guardVoid('end of a response', (response: ServerResponse, event: 'finish' | 'close') => {
    const ending = event === 'finish' ? 'finished' : unfinishedEnding(response)
    observationOf(response)?.end(ending, statusOf(response, ending))
  })
  const restoreWriteHead = wrapMethod(
    prototype,
    'writeHead',
    (original) =>
      function writeHead(this: ServerResponse, ...args: unknown[]): unknown {
        const result = Reflect.apply(original, this, args)
        onHeaders(this, args)
        return result
      },
  )
  const restoreEmit = wrapMethod(
    prototype,
    'emit',
    (original) =>
      function emit(this: ServerResponse, ...args: unknown[]): unknown {
        if (args[0] === 'finish' || args[0] === 'close') onEnd(this, args[0])
        return Reflect.apply(original, this, args)
      },
  )
  return () => {
    restoreWriteHead()
    restoreEmit()
  }
}
