import type { ClientRequest, IncomingMessage } from 'node:http'
import {
  context as contexts,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapPropagator,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import {
  type CallEnding,
  getClientSpan,
  isPortWritten,
  setHttpClientSpan,
  subscribeAll,
  watchAnswer,
} from '@vr/otel-instruments/internal'
import { recordFailure } from './call-failure.ts'
import { tracingOfCall } from './call-sampling.ts'
import { answerAttributes, requestAttributes, serverAttributes } from './http-client-attributes.ts'
import { nameOfMethod } from './http-method.ts'
import { writeTraceHeaders } from './write-trace-headers.ts'

/** What {@link traceHttpCalls} is given. */
export interface HttpCallParts {
  readonly tracer: Tracer
  readonly propagator: TextMapPropagator
  /** The values of `http.request.method`, besides `_OTHER`. */
  readonly knownMethods: ReadonlySet<string>
}

/**
 * Makes client spans of the requests of `node:http` and `node:https`, from the channels that Node publishes on, and writes
 * their trace to them; nothing of either module is patched. A call that is not sampled gets the headers alone.
 *
 * A span begins when its request is made and ends when its answer has been read, or when the request has closed without:
 * then another protocol is spoken, or the application has given it up.
 * @returns undoes it; spans under way are not ended then
 */
export function traceHttpCalls(parts: HttpCallParts): () => void {
  return subscribeAll({
    'http.client.request.created': ({ request }: { request: ClientRequest }) => begin(parts, request),
    'http.client.response.finish': ({
      request,
      response,
    }: {
      request: ClientRequest
      response: IncomingMessage
    }) => {
      const span = spanUnderWay(request)
      if (span === undefined) return
      answered(span, request, response)
      watchAnswer(request, response)
    },
    'http.client.request.error': ({ request, error }: { request: ClientRequest; error: unknown }) => {
      const span = spanUnderWay(request)
      if (span === undefined) return
      end(span, () => recordFailure(span, error))
    },
  })
}

function begin({ tracer, propagator, knownMethods }: HttpCallParts, request: ClientRequest): void {
  const active = contexts.active()
  const tracing = tracingOfCall(active)
  if (tracing === 'headers') writeTraceHeaders(propagator, active, request)
  if (tracing !== 'span') return
  const attributes = requestAttributes(request, knownMethods)
  const name = nameOfMethod(request.method, knownMethods)
  const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, active)
  writeTraceHeaders(propagator, trace.setSpan(active, span), request)
  if (!span.isRecording()) return
  setHttpClientSpan(request, trace.setSpan(ROOT_CONTEXT, span), (ending) => closed(span, request, ending))
}

/** The span of a call that has not ended yet. */
function spanUnderWay(request: ClientRequest): Span | undefined {
  const span = getClientSpan(request)
  return span?.isRecording() ? span : undefined
}

function answered(span: Span, request: ClientRequest, response: IncomingMessage): void {
  const server = isPortWritten(request) ? {} : serverAttributes(request)
  span.setAttributes({ ...server, ...answerAttributes(response) })
  if ((response.statusCode ?? 0) >= 400) span.setStatus({ code: SpanStatusCode.ERROR })
}

function closed(span: Span, request: ClientRequest, { otherProtocol, failure }: CallEnding): void {
  if (!span.isRecording()) return
  end(span, () => {
    if (otherProtocol !== undefined) answered(span, request, otherProtocol)
    if (failure !== undefined) recordFailure(span, failure)
  })
}

/** Ends a span after its last attributes are set, also where setting them throws. */
function end(span: Span, setLast: () => void): void {
  try {
    setLast()
  } finally {
    span.end()
  }
}
