import type { Context, TextMapPropagator, TextMapSetter } from '@opentelemetry/api'
import type {
  UndiciInstrumentation,
  UndiciInstrumentationConfig,
} from '@opentelemetry/instrumentation-undici'
import { guardVoid } from '@vr/otel-instruments/internal'
import { recordFailure } from './call-failure.ts'
import { isCallSampled } from './call-sampling.ts'
import { getUndiciSpan } from './undici-span.ts'
import { TRACE_CONTEXT_LINES } from './write-trace-headers.ts'

/** A request of undici before it is sent. */
export interface UndiciRequest {
  readonly method: string
  readonly origin: string | URL
  /** With the query. */
  readonly path: string
  /** Names and values alternate; up to undici 5, header lines. */
  headers: unknown[] | string
  addHeader?(name: string, value: string): void
}

/** A message of undici's channels. */
interface Message {
  readonly request: UndiciRequest
  readonly error?: unknown
}

type Handler = (message: Message) => void

/** The method by which the instrumentation subscribes. Its types declare it private. */
interface Subscriber {
  subscribeToChannel(name: string, handler: Handler): void
}

/** An instrumentation of the class that {@link createSampledOnlyUndici} creates. */
export type SampledOnlyUndici = UndiciInstrumentation & {
  /**
   * Traces a request that undici has created: writes trace headers, and starts a client span if the call is sampled.
   * @param active the context in which the call is made
   */
  traceRequest(request: UndiciRequest, active: Context): void
}

const HEADERS: TextMapSetter<UndiciRequest> = {
  set: (request, name, value) => request.addHeader?.(name, value),
}

/**
 * Creates a subclass of `UndiciInstrumentation` that skips unsampled requests. The base class creates closures and looks up
 * tables for each of the four messages of a call, which is a large share of the cost of an unsampled call. Exceptions of the
 * instrumentation do not reach the channel, where they would end the process.
 *
 * The instrumentation does not subscribe to `undici:request:create`: its handler runs in
 * {@link SampledOnlyUndici.traceRequest}. A version of the instrumentation that subscribes by another method receives all
 * messages; the SDK's sampler then decides.
 */
export function createSampledOnlyUndici(
  Undici: typeof UndiciInstrumentation,
  propagator: TextMapPropagator,
): new (
  config: UndiciInstrumentationConfig,
) => SampledOnlyUndici {
  const Base = Undici as unknown as new (config: UndiciInstrumentationConfig) => Subscriber
  const writesTrace = propagator.fields().includes('traceparent')
  class Instrumentation extends Base {
    /** No initializer: it would reset the field after the constructor of the base class has subscribed. */
    declare startSpan: Handler | undefined

    override subscribeToChannel(name: string, handler: Handler): void {
      if (name === 'undici:request:create') this.startSpan = guardVoid('undici_instrumentation', handler)
      else super.subscribeToChannel(name, guardVoid('undici_instrumentation', handlerOf(name, handler)))
    }

    traceRequest(request: UndiciRequest, active: Context): void {
      // A proxy receives the headers of a `CONNECT` request.
      if (this.startSpan === undefined || request.method === 'CONNECT') return
      if (writesTrace) removeTraceContext(request)
      if (isCallSampled(active)) this.startSpan({ request })
      else propagator.inject(active, request, HEADERS)
    }
  }
  return Instrumentation as unknown as new (
    config: UndiciInstrumentationConfig,
  ) => SampledOnlyUndici
}

function handlerOf(name: string, handler: Handler): Handler {
  if (name === 'undici:request:error') {
    return ({ request, error }) => {
      const span = getUndiciSpan(request)
      if (!span?.isRecording()) return
      recordFailure(span, error)
      span.end()
    }
  }
  return (message) => {
    if (getUndiciSpan(message.request) !== undefined) handler(message)
  }
}

/** Removes the trace headers that the application wrote: ours follow, and repeated ones are invalid. */
function removeTraceContext(request: UndiciRequest): void {
  const { headers } = request
  if (typeof headers === 'string') {
    request.headers = headers.replace(TRACE_CONTEXT_LINES, '')
  } else if (Array.isArray(headers)) {
    for (let i = headers.length - 2; i >= 0; i -= 2) if (isTraceContext(headers[i])) headers.splice(i, 2)
  }
}

function isTraceContext(name: unknown): boolean {
  if (typeof name !== 'string' || (name.length !== 11 && name.length !== 10)) return false
  const lower = name.toLowerCase()
  return lower === 'traceparent' || lower === 'tracestate'
}
