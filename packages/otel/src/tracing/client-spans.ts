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
import { enterCall, failureOf, isPortWritten, spanOfCall, subscribeAll } from '@vr/otel-instruments/adapters'
import { recordFailure } from './call-failure.ts'
import { answerAttributes, requestAttributes, serverAttributes } from './client-attributes.ts'
import { nameOfMethod } from './http-method.ts'
import { tracingOfCall } from './outgoing.ts'
import { writeTraceHeaders } from './request-headers.ts'

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
      response.on('close', () => end(span, response))
    },
    'http.client.request.error': ({ request, error }: { request: ClientRequest; error: unknown }) => {
      const span = spanUnderWay(request)
      if (span === undefined) return
      recordFailure(span, error)
      span.end()
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
  enterCall(request, trace.setSpan(ROOT_CONTEXT, span))
  // Not every request has an event of its own on the channels: not one that is answered with another protocol.
  request.on('close', () => closed(span, request))
}

/** The span of a call that has not ended yet. */
function spanUnderWay(request: ClientRequest): Span | undefined {
  const span = spanOfCall(request)
  return span?.isRecording() ? span : undefined
}

function answered(span: Span, request: ClientRequest, response: IncomingMessage): void {
  const server = isPortWritten(request) ? {} : serverAttributes(request)
  span.setAttributes({ ...server, ...answerAttributes(response) })
  if ((response.statusCode ?? 0) >= 400) span.setStatus({ code: SpanStatusCode.ERROR })
}

/** As Node keeps it; `upgrade` means that another protocol is spoken from then on. */
type Answer = IncomingMessage & { readonly upgrade?: boolean | null }

function closed(span: Span, request: ClientRequest & { readonly res?: Answer | null }): void {
  const { res } = request
  if (res?.upgrade && span.isRecording()) {
    answered(span, request, res)
    span.end()
  } else {
    end(span, res)
  }
}

function end(span: Span, response: IncomingMessage | null | undefined): void {
  if (!span.isRecording()) return
  const failure = failureOf(response)
  if (failure !== undefined) recordFailure(span, failure)
  span.end()
}
