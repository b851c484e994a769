import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Http2Server } from 'node:http2'
import type { Context } from '@opentelemetry/api'
import { observationOf } from '../observation/attached.ts'
import type { RequestObservation } from '../observation/request-observation.ts'
import { ContextProbe } from './context-probe.ts'
import { runAsRequest, runInContext } from './current-request.ts'
import { guard, guardVoid } from './guard.ts'
import { PARSE_ERROR } from './http-ending.ts'
import type { NodeHttpOptions } from './node-http.ts'
import type { EmitUpgrade } from './upgrade.ts'
import { type Method, wrapMethod } from './wrap-method.ts'

/** Answers a request in place of the application. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** Gives what answers a request target on a server in place of the application; `undefined`: the application does. */
export type Interceptor = (target: string | undefined, server: Server) => Answer | undefined

/** The events that hand a request to an application that looks at `Expect` by itself. */
const EXPECTS: ReadonlySet<unknown> = new Set(['checkContinue', 'checkExpectation'])

/** On every prototype or server whose `emit` is wrapped: the way past whatever wraps it later. None is wrapped twice. */
const WRAPPED_EMIT = Symbol('wrapped emit')

interface Wrapped {
  [WRAPPED_EMIT]?: Way
}

/** The wrap of `emit` on servers: it answers what is intercepted, and learns the context of every request. */
export class ServerEmit {
  readonly #intercept: Interceptor
  readonly #enter: (observation: RequestObservation) => void
  readonly #answer: (answer: Answer, request: IncomingMessage, response: ServerResponse) => void
  readonly #onClientError: (error: unknown) => void
  readonly #activeContext: () => Context
  readonly #beginOwnTrace: (server: Server, request: IncomingMessage) => Context | undefined
  readonly #emitUpgrade: EmitUpgrade
  /** Only where somebody has wrapped `emit` before us. */
  #probe: ContextProbe | undefined

  constructor({ instruments, intercept, tracing }: NodeHttpOptions, emitUpgrade: EmitUpgrade) {
    const { activeContext, self } = instruments
    this.#emitUpgrade = emitUpgrade
    this.#beginOwnTrace = guard(
      'request_trace',
      (server, request) => {
        const observation = observationOf(request)
        const context = tracing?.http1(request, server, observation === undefined)
        if (context !== undefined) observation?.own(context)
        return context
      },
      undefined,
    )
    this.#onClientError = guardVoid('request_malformed', (error: unknown) => {
      if (isParseError(error)) self.malformedRequest()
    })
    this.#intercept =
      intercept === undefined ? () => undefined : guard('request_interceptor', intercept, undefined)
    this.#answer = guardVoid('request_interceptor', (answer, request, response) => answer(request, response))
    // One that is emitted again, by an application that passes it on, may run in the context of another.
    this.#enter = guardVoid('request_context', (observation: RequestObservation) => {
      if (!observation.hasTrace) observation.enter(activeContext())
    })
    this.#activeContext = activeContext
  }

  /** Whether `emit` of a server, its own or inherited, is wrapped by us. */
  static isWrapped(server: object): boolean {
    return WRAPPED_EMIT in server
  }

  /**
   * What to wrap so that `emit` of a server is: its class, so that nothing has to be kept of every server that comes and
   * goes; the server itself where somebody has given it an `emit` of its own.
   */
  static targetOf<Emitter extends object>(server: Emitter): Emitter {
    return Object.hasOwn(server, 'emit') ? server : Object.getPrototypeOf(server)
  }

  /**
   * Wraps `emit` of a class of servers, or of one server.
   * @returns undoes it
   */
  wrap(target: Server & Wrapped): () => void {
    const onClientError = this.#onClientError
    const emitUpgrade = this.#emitUpgrade
    const restore = wrapMethod(target, 'emit', (original, wrap) => {
      const way: Way = (server, args) => this.#emitRequest(server, original, args)
      Object.defineProperty(target, WRAPPED_EMIT, { value: way, configurable: true })
      return function emit(this: Server, ...args: unknown[]): unknown {
        if (wrap.isUndone) return original(this, args)
        if (args[0] === 'request' || EXPECTS.has(args[0])) return way(this, args)
        if (args[0] === 'upgrade') return emitUpgrade(this, original, args)
        if (args[0] === 'clientError') onClientError(args[1])
        return original(this, args)
      }
    })
    return () => {
      restore()
      Reflect.deleteProperty(target, WRAPPED_EMIT)
    }
  }

  /**
   * Has to be called before {@link ServerEmit.wrap} wraps `prototype`: if somebody else has wrapped it already, the
   * context of a request is looked for inside their wrap.
   * @returns undoes it
   */
  lookInside(prototype: Server, response: ServerResponse): () => void {
    if (!Object.hasOwn(prototype, 'emit')) return () => {}
    this.#probe ??= new ContextProbe(this.#activeContext)
    return this.#probe.watch(response)
  }

  #emitRequest(server: Server, original: Method, args: unknown[]): unknown {
    const request = args[1] as IncomingMessage // by its place: taking `args` apart would cost an iterator
    const answer = this.#intercept(request?.url, server)
    if (answer !== undefined) {
      this.#answer(answer, request, args[2] as ServerResponse)
      return true
    }
    const observation = observationOf(request)
    const isSeen = observation?.hasTrace === true || !isUnseen(server, args[0], request)
    const context = isSeen ? undefined : this.#beginOwnTrace(server, request)
    if (observation === undefined)
      return context === undefined ? original(server, args) : runInContext(context, original, server, args)
    this.#enter(observation)
    if (this.#probe === undefined) return runAsRequest(observation, original, server, args)
    return this.#probe.during(observation, () => runAsRequest(observation, original, server, args))
  }
}

/** Whether no instrumentation of HTTP/1 sees a request: they look at the event `request` of servers of HTTP/1. */
function isUnseen(server: Server, event: unknown, request: IncomingMessage): boolean {
  return (event !== 'request' || isHttp2Server(server)) && request?.httpVersionMajor === 1
}

/** Whether a server is one of `node:http2`; its requests may be of HTTP/1 all the same. */
export function isHttp2Server(server: object): server is Http2Server {
  return 'updateSettings' in server
}

/** An error of Node's HTTP parser; a client that resets its connection is reported by the same event. */
function isParseError(error: unknown): boolean {
  return String((error as { code?: unknown } | undefined)?.code).startsWith(PARSE_ERROR)
}

/** A way to emit a request on a server, whose arguments are those of the call of `emit`. */
export type Way = (server: Server, args: unknown[]) => unknown

/** Gives the way through an instrumentation of a class of servers, from the way to the listeners that it goes on by. */
export type Instrumented = (past: Way, scheme: 'http' | 'https') => Way

/**
 * Chooses the way of a request, and emits it, in whatever context it likes.
 * @param args of the call of `emit`: the event `request`, the request, its response
 * @param observation of the request; `undefined` if it has none
 * @param through the way through the instrumentation
 * @param past the way to the listeners at once
 */
export type Lane = (
  server: Server,
  args: unknown[],
  observation: RequestObservation | undefined,
  through: Way,
  past: Way,
) => unknown

/**
 * Lets a lane choose for every event `request` of a class of servers whether it goes through an instrumentation. It chooses
 * once: an application may pass a request on by emitting it again, as one does that was told of its `Expect` first.
 * @returns undoes it
 */
export function wrapOutside(prototype: Server & Wrapped, lane: Lane, instrumented: Instrumented): () => void {
  const past = prototype[WRAPPED_EMIT] as Way
  const through = instrumented(past, 'setSecureContext' in prototype ? 'https' : 'http')
  return wrapMethod(
    prototype,
    'emit',
    (original, wrap) =>
      function emit(this: Server, ...args: unknown[]): unknown {
        if (wrap.isUndone || args[0] !== 'request') return original(this, args)
        const observation = observationOf(args[1] as object)
        if (observation?.hasTrace === true) return past(this, args)
        return lane(this, args, observation, through, past)
      },
  )
}
