import type { ClientRequest, IncomingMessage } from 'node:http'
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapPropagator,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { CallCompletion, HttpCallTrace } from '@vr/otel-instruments'
import { isPortWritten, withContentCapture } from '@vr/otel-instruments/internal'
import { recordFailure } from './call-failure.ts'
import { isCallSampled } from './call-sampling.ts'
import { requestAttributes, responseAttributes, serverAttributes } from './http-client-attributes.ts'
import { nameOfMethod } from './http-method.ts'
import { writeTraceHeaders } from './write-trace-headers.ts'

/** What client spans are created with. */
export interface ClientSpanParts {
  readonly tracer: Tracer
  readonly propagator: TextMapPropagator
  /** The values of `http.request.method`, without `_OTHER`. */
  readonly knownMethods: ReadonlySet<string>
  /** Whether the span of a call to an engine has prompts, outputs and tool arguments. Default `false`. */
  readonly capturesContent?: boolean
}

/** Returns the context that has a client span. Exemplars of the call's metrics refer to it. */
export function contextOfClientSpan({ capturesContent }: ClientSpanParts, span: Span): Context {
  const context = trace.setSpan(ROOT_CONTEXT, span)
  return capturesContent ? withContentCapture(context) : context
}

/**
 * Writes the trace headers of a call by `node:http` and starts its client span if it is sampled. The span ends when the
 * response has been read, or when the request has closed without one: after a switch of protocols, or aborted.
 * @param active the context in which the call is made
 * @returns `undefined` if the call has no span
 */
export function traceHttpCall(
  parts: ClientSpanParts,
  request: ClientRequest,
  active: Context,
): HttpCallTrace | undefined {
  const { tracer, propagator, knownMethods } = parts
  if (!isCallSampled(active)) {
    writeTraceHeaders(propagator, active, request)
    return undefined
  }
  const attributes = requestAttributes(request, knownMethods)
  const name = nameOfMethod(request.method, knownMethods)
  const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, active)
  writeTraceHeaders(propagator, trace.setSpan(active, span), request)
  return span.isRecording() ? new HttpClientSpan(parts, span, request) : undefined
}

class HttpClientSpan implements HttpCallTrace {
  readonly context: Context
  readonly #span: Span
  readonly #request: ClientRequest

  constructor(parts: ClientSpanParts, span: Span, request: ClientRequest) {
    this.context = contextOfClientSpan(parts, span)
    this.#span = span
    this.#request = request
  }

  responseReceived(response: IncomingMessage): void {
    if (!this.#span.isRecording()) return
    const server = isPortWritten(this.#request) ? {} : serverAttributes(this.#request)
    this.#span.setAttributes({ ...server, ...responseAttributes(response) })
    if ((response.statusCode ?? 0) >= 400) this.#span.setStatus({ code: SpanStatusCode.ERROR })
  }

  failed(error: unknown): void {
    this.#end(() => recordFailure(this.#span, error))
  }

  closed({ otherProtocol, failure }: CallCompletion): void {
    this.#end(() => {
      if (otherProtocol !== undefined) this.responseReceived(otherProtocol)
      if (failure !== undefined) recordFailure(this.#span, failure)
    })
  }

  /** Ends the span once, also if setting its last attributes throws. */
  #end(setLastAttributes: () => void): void {
    if (!this.#span.isRecording()) return
    try {
      setLastAttributes()
    } finally {
      this.#span.end()
    }
  }
}
