import { context as contexts, type TextMapPropagator, type TextMapSetter } from '@opentelemetry/api'
import type {
  UndiciInstrumentation,
  UndiciInstrumentationConfig,
} from '@opentelemetry/instrumentation-undici'
import { getClientSpan, guardVoid } from '@vr/otel-instruments/internal'
import { recordFailure } from './call-failure.ts'
import { tracingOfCall } from './call-sampling.ts'
import { TRACE_CONTEXT_LINES } from './write-trace-headers.ts'

type Instrumentation = typeof UndiciInstrumentation

/** A request of undici before it is sent. */
export interface UndiciRequest {
  readonly method: string
  readonly origin: string | URL
  /** With the query. */
  readonly path: string
  /** Names and values by turns; lines up to 5.x. */
  headers: unknown[] | string
  addHeader?(name: string, value: string): void
}

/** What a channel of undici publishes. */
interface Message {
  readonly request: UndiciRequest
  readonly error?: unknown
}

/** How the instrumentation subscribes, which its types keep to itself. */
interface Subscribing {
  subscribeToChannel(name: string, handler: (message: Message) => void): void
}

const HEADERS: TextMapSetter<UndiciRequest> = {
  set: (request, name, value) => request.addHeader?.(name, value),
}

/**
 * An instrumentation of undici that gets the messages of sampled calls alone: of the others it would make functions and
 * look them up in a table, four times for each, which is a part of what they cost. Those get the headers of their trace.
 * Nor does it throw into a channel, which would end the process. A version that subscribes in another way gets all
 * messages, and decides as the sampler does.
 */
export function skipUnsampledRequests(
  Undici: Instrumentation,
  propagator: TextMapPropagator,
): new (
  config: UndiciInstrumentationConfig,
) => UndiciInstrumentation {
  const Base = Undici as unknown as new (config: UndiciInstrumentationConfig) => Subscribing
  class SampledOnlyUndici extends Base {
    override subscribeToChannel(name: string, handler: (message: Message) => void): void {
      super.subscribeToChannel(
        name,
        guardVoid('undici_instrumentation', handlerOf(name, handler, propagator)),
      )
    }
  }
  return SampledOnlyUndici as unknown as new (
    config: UndiciInstrumentationConfig,
  ) => UndiciInstrumentation
}

type Handler = (message: Message) => void

function handlerOf(name: string, handler: Handler, propagator: TextMapPropagator): Handler {
  if (name === 'undici:request:create') {
    const writesTrace = propagator.fields().includes('traceparent')
    return (message) => {
      const { request } = message
      const active = contexts.active()
      const tracing = request.method === 'CONNECT' ? 'none' : tracingOfCall(active) // a tunnel is for a proxy
      if (tracing !== 'none' && writesTrace) removeTraceContext(request)
      if (tracing === 'headers') propagator.inject(active, request, HEADERS)
      if (tracing === 'span') handler(message)
    }
  }
  if (name === 'undici:request:error')
    return ({ request, error }) => {
      const span = getClientSpan(request)
      if (!span?.isRecording()) return
      recordFailure(span, error)
      span.end()
    }
  return (message) => {
    if (getClientSpan(message.request) !== undefined) handler(message)
  }
}

/** Removes the trace context that the application wrote itself: one of ours follows, and two are not valid. */
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
