import type { ClientRequest, IncomingMessage } from 'node:http'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import {
  createNoopMeter,
  type MeterProvider,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import { enterCall } from '@vr/otel-instruments/adapters'
import type { unsampledCalls } from './outgoing.ts'
import { learnPeerAddresses } from './peer-addresses.ts'
import { redactQuery, SECRET_PARAMETERS } from './redaction.ts'

const load = createRequire(import.meta.url)

/** What {@link instrument} is given. */
export interface InstrumentationParts {
  readonly tracerProvider: TracerProvider
  /** Says which calls get no span. */
  readonly ignoresCall: ReturnType<typeof unsampledCalls>
  /** Told of the span of every request that a server gets. */
  readonly onRequestSpan: (span: Span) => void
}

/** Makes spans of requests and of outgoing calls from now on. */
export function instrument({ tracerProvider, ignoresCall, onRequestSpan }: InstrumentationParts): void {
  const { HttpInstrumentation } = load(
    '@opentelemetry/instrumentation-http',
  ) as typeof import('@opentelemetry/instrumentation-http')
  const { UndiciInstrumentation } = load(
    '@opentelemetry/instrumentation-undici',
  ) as typeof import('@opentelemetry/instrumentation-undici')
  const onCallSpan = (span: Span, call: object): void => enterCall(call, trace.setSpan(ROOT_CONTEXT, span))
  const instrumentations = [
    new HttpInstrumentation({
      redactedQueryParams: [...SECRET_PARAMETERS],
      redactedQueryParamsServer: [...SECRET_PARAMETERS],
      ignoreOutgoingRequestHook: ignoresCall.http,
      requestHook(span, request) {
        if (!('getHeader' in request)) return onRequestSpan(span)
        onCallSpan(span, request)
        tellBrokenAnswer(span, request)
      },
    }),
    new UndiciInstrumentation({
      ignoreRequestHook: ignoresCall.undici,
      requestHook: (span, request) => {
        redactUrl(span, String(request.origin), request.path)
        onCallSpan(span, request)
      },
    }),
  ]
  learnPeerAddresses()
  const noMetrics = noopMeterProvider()
  for (const instrumentation of instrumentations) {
    instrumentation.setTracerProvider(tracerProvider)
    instrumentation.setMeterProvider(noMetrics)
    instrumentation.enable()
  }
  // An ES module has its own bindings of node:http and node:https: they follow only what is loaded now, through the
  // hook of the instrumentation, and copied over.
  load('node:http')
  load('node:https')
  syncBuiltinESMExports()
}

/**
 * Tells the span of a call that its answer broke off. The request is closed before the answer says so, and its
 * instrumentation, which listens after this, then ends the span as if all was well.
 */
function tellBrokenAnswer(
  span: Span,
  request: ClientRequest & { readonly res?: IncomingMessage | null },
): void {
  request.on('close', () => {
    const error = request.res?.errored
    if (error == null) return
    span.recordException(error)
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
  })
}

/** Takes secrets out of the URL of a `fetch`, which its instrumentation writes down whole. */
function redactUrl(span: Span, origin: string, path: string): void {
  const url = path.includes('?') ? URL.parse(path, origin) : null
  if (url === null) return
  url.search = redactQuery(url.search)
  span.setAttributes({ 'url.full': url.href, 'url.query': url.search })
}

/** `http.*` durations are recorded by our own group only: once a request, sampled or not. */
function noopMeterProvider(): MeterProvider {
  const meter = createNoopMeter()
  return { getMeter: () => meter }
}
