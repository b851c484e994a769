import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Http2Server } from 'node:http2'
import { type Context, context as contexts } from '@opentelemetry/api'
import { observationOf } from '../observation/observation-registry.ts'
import type { RequestObservation } from '../observation/request-observation.ts'
import { guard, guardVoid } from '../patching/guard.ts'
import { type Method, wrapMethod } from '../patching/wrap-method.ts'
import { runAgainAsRequest, runAsRequest } from '../request-context/current-request.ts'
import { NOOP_TRACER, type RequestTrace, type RequestTracer } from '../tracing/request-tracer.ts'
import { ContextCapture } from './context-capture.ts'
import type { Interceptor, NodeHttpOptions, RequestHandler } from './options.ts'
import { PARSE_ERROR } from './termination-cause.ts'
import type { EmitUpgrade } from './upgrade.ts'

/** The events that hand a request to an application that looks at `Expect` by itself. */
const EXPECTS: ReadonlySet<unknown> = new Set(['checkContinue', 'checkExpectation'])

/** On every prototype or server whose `emit` is wrapped: none is wrapped twice. */
const WRAPPED_EMIT = Symbol('wrapped emit')

/** The wrap of `emit` on servers: it answers what is intercepted, and begins or learns the context of every request. */
export class ServerEmit {
  readonly #intercept: Interceptor
  readonly #enter: (observation: RequestObservation) => void
  readonly #answer: (answer: RequestHandler, request: IncomingMessage, response: ServerResponse) => void
  readonly #onClientError: (error: unknown) => void
  readonly #activeContext: () => Context
  readonly #startTrace: StartTrace
  readonly #startsServerSpans: boolean
  readonly #onThrow: (observation: RequestObservation, error: unknown) => void
  readonly #emitUpgrade: EmitUpgrade
  /** Only where somebody has wrapped `emit` before us. */
  #probe: ContextCapture | undefined

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
    this.#answer = guardVoid('request_interceptor', (answer, request, response) => answer(request, response))
    // One that is emitted again, by an application that passes it on, may run in the context of another.
    this.#enter = guardVoid('request_context', (observation: RequestObservation) => {
      if (!observation.hasTrace) observation.setContext(activeContext())
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
  wrap(target: Server): () => void {
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
          if (args[0] === 'request' || EXPECTS.has(args[0])) return emitRequest(this, original, args)
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
   * Has to be called before {@link ServerEmit.wrap} wraps `prototype`. If another instrumentation has wrapped it already
   * and starts the server spans, the context of a request is captured inside that wrap.
   * @returns undoes it
   */
  lookInside(prototype: Server, response: ServerResponse): () => void {
    if (this.#startsServerSpans || !Object.hasOwn(prototype, 'emit')) return () => {}
    this.#probe ??= new ContextCapture(this.#activeContext)
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
    if (observation?.kind === 'socket') return runAsRequest(observation, original, server, args)
    // A request of HTTP/2 has its trace from its stream; one that the application emits again has it already.
    const isBegun = observation?.hasTrace === true || request?.httpVersionMajor !== 1
    const trace = isBegun ? undefined : this.#startTrace(server, request, observation)
    if (observation === undefined) {
      return trace === undefined
        ? original(server, args)
        : contexts.with(trace.context, original, undefined, server, args)
    }
    this.#enter(observation)
    const run = trace !== undefined && isRecording(trace) ? runAgainAsRequest : runAsRequest
    try {
      if (this.#probe === undefined) return run(observation, original, server, args)
      return this.#probe.during(observation, () => run(observation, original, server, args))
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

/** Whether a server is one of `node:http2`; its requests may be of HTTP/1 all the same. */
export function isHttp2Server(server: object): server is Http2Server {
  return 'updateSettings' in server
}

/** An error of Node's HTTP parser; a client that resets its connection is reported by the same event. */
function isParseError(error: unknown): boolean {
  return String((error as { code?: unknown } | undefined)?.code).startsWith(PARSE_ERROR)
}
