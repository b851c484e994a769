import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Http2Server } from 'node:http2'
import { type Context, context as contexts } from '@opentelemetry/api'
import { observationOf } from '../observation/observation-registry.ts'
import type { RequestObservation } from '../observation/request-observation.ts'
import { guard, guardVoid } from '../patching/guard.ts'
import type { Undo } from '../patching/undo.ts'
import { type Method, wrapMethod } from '../patching/wrap-method.ts'
import { resumeRequestContext, runInRequestContext } from '../request-context/current-request.ts'
import { NOOP_TRACER, type RequestTrace, type RequestTracer } from '../tracing/request-tracer.ts'
import { ContextCapture } from './context-capture.ts'
import type { Interceptor, NodeHttpOptions, RequestHandler } from './options.ts'
import { PARSE_ERROR } from './termination-cause.ts'
import type { EmitUpgrade } from './upgrade.ts'

/** Events for requests with an `Expect` header, for applications that handle that header themselves. */
const EXPECT_EVENTS: ReadonlySet<unknown> = new Set(['checkContinue', 'checkExpectation'])

/** Marks a server, or the prototype of servers, whose `emit` is wrapped, so that it is wrapped once. */
const WRAPPED_EMIT = Symbol('wrapped emit')

/**
 * Wraps `emit` of servers. The wrapper calls the interceptor for each request. For the others it begins the trace, or
 * reads the context that another instrumentation set, and runs the listeners as the request.
 */
export class ServerEmit {
  readonly #intercept: Interceptor
  readonly #handle: (handler: RequestHandler, request: IncomingMessage, response: ServerResponse) => void
  readonly #readContext: (observation: RequestObservation) => void
  readonly #onClientError: (error: unknown) => void
  readonly #activeContext: () => Context
  readonly #startTrace: StartTrace
  readonly #startsServerSpans: boolean
  readonly #onThrow: (observation: RequestObservation, error: unknown) => void
  readonly #emitUpgrade: EmitUpgrade
  /** `undefined` unless another instrumentation had wrapped `emit` before. */
  #contextCapture: ContextCapture | undefined

  constructor({ instruments, intercept, tracer = NOOP_TRACER }: NodeHttpOptions, emitUpgrade: EmitUpgrade) {
    const { activeContext, self } = instruments
    this.#emitUpgrade = emitUpgrade
    this.#startTrace = guard('request_trace', startTraceBy(tracer), undefined)
    this.#startsServerSpans = tracer.startsServerSpans
    this.#onThrow = guardVoid('request_exception', (observation, error) => observation.recordException(error))
    this.#onClientError = guardVoid('request_malformed', (error: unknown) => {
      if (isParseError(error)) self.malformedRequest()
    })
    this.#intercept =
      intercept === undefined ? () => undefined : guard('request_interceptor', intercept, undefined)
    this.#handle = guardVoid('request_interceptor', (handler, request, response) =>
      handler(request, response),
    )
    // An application may emit a request again, in the context of another request: the first context is kept.
    this.#readContext = guardVoid('request_context', (observation: RequestObservation) => {
      if (!observation.hasTrace) observation.setContext(activeContext())
    })
    this.#activeContext = activeContext
  }

  /** Returns whether `emit` of a server, own or inherited, is wrapped. */
  static isWrapped(server: object): boolean {
    return WRAPPED_EMIT in server
  }

  /**
   * Returns the object whose `emit` to wrap for a server: its prototype, so that no server is referenced after it closed,
   * or the server itself if it has an `emit` of its own.
   */
  static targetOf<Emitter extends object>(server: Emitter): Emitter {
    return Object.hasOwn(server, 'emit') ? server : Object.getPrototypeOf(server)
  }

  /**
   * Wraps `emit` of a server or of the prototype of servers.
   * @returns undoes it
   */
  wrap(target: Server): Undo {
    const onClientError = this.#onClientError
    const emitUpgrade = this.#emitUpgrade
    const emitRequest = this.#emitRequest.bind(this)
    Object.defineProperty(target, WRAPPED_EMIT, { value: true, configurable: true })
    const restore = wrapMethod(
      target,
      'emit',
      (original, wrap) =>
        function emit(this: Server, ...args: unknown[]): unknown {
          if (wrap.isUndone) return original(this, args)
          if (args[0] === 'request' || EXPECT_EVENTS.has(args[0])) return emitRequest(this, original, args)
          if (args[0] === 'upgrade') return emitUpgrade(this, original, args)
          if (args[0] === 'clientError') onClientError(args[1])
          return original(this, args)
        },
    )
    return () => {
      restore()
      Reflect.deleteProperty(target, WRAPPED_EMIT)
    }
  }

  /**
   * If another instrumentation has wrapped `emit` of `server` and starts the server spans, captures the context of each
   * request inside that wrapper. Call it before {@link ServerEmit.wrap}.
   * @returns undoes it
   */
  captureContexts(server: Server, response: ServerResponse): Undo {
    if (this.#startsServerSpans || !Object.hasOwn(server, 'emit')) return () => {}
    this.#contextCapture ??= new ContextCapture(this.#activeContext)
    return this.#contextCapture.wrap(response)
  }

  #emitRequest(server: Server, original: Method, args: unknown[]): unknown {
    const request = args[1] as IncomingMessage // not by destructuring, which creates an iterator
    const handler = this.#intercept(request?.url, server)
    if (handler !== undefined) {
      this.#handle(handler, request, args[2] as ServerResponse)
      return true
    }
    const observation = observationOf(request)
    if (observation?.kind === 'socket') return runInRequestContext(observation, original, server, args)
    // The trace has started already for an HTTP/2 request (with its stream) and for a request that is emitted again.
    const hasStarted = observation?.hasTrace === true || request?.httpVersionMajor !== 1
    const trace = hasStarted ? undefined : this.#startTrace(server, request, observation)
    if (observation === undefined) {
      return trace === undefined
        ? original(server, args)
        : contexts.with(trace.context, original, undefined, server, args)
    }
    this.#readContext(observation)
    const run = trace !== undefined && isRecording(trace) ? resumeRequestContext : runInRequestContext
    try {
      if (this.#contextCapture === undefined) return run(observation, original, server, args)
      return this.#contextCapture.during(observation, () => run(observation, original, server, args))
    } catch (error) {
      this.#onThrow(observation, error)
      throw error
    }
  }
}

type StartTrace = (
  server: Server,
  request: IncomingMessage,
  observation: RequestObservation | undefined,
) => RequestTrace | undefined

function startTraceBy(tracer: RequestTracer): StartTrace {
  return (server, request, observation) => {
    const trace = tracer.startHttp1(request, server, observation === undefined)
    if (trace !== undefined) observation?.setTrace(trace)
    return trace
  }
}

/** Whether a request is sampled. If so, its context is made active in whichever context manager is registered. */
const isRecording = guard('request_trace', (trace: RequestTrace) => trace.isRecording(), false)

/** Returns whether a server is of `node:http2`. It may receive HTTP/1 requests too. */
export function isHttp2Server(server: object): server is Http2Server {
  return 'updateSettings' in server
}

/** Whether an error is of Node's HTTP parser. `clientError` is also emitted when a client resets its connection. */
function isParseError(error: unknown): boolean {
  return String((error as { code?: unknown } | undefined)?.code).startsWith(PARSE_ERROR)
}
