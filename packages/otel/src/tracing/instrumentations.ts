import type { ClientRequest, IncomingMessage } from 'node:http'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { ROOT_CONTEXT, type Span, SpanStatusCode, type TracerProvider, trace } from '@opentelemetry/api'
import { enterCall } from '@vr/otel-instruments/adapters'
import { NO_METRICS } from './no-metrics.ts'
import { endSpansOfOpenedWebSockets } from './opened-websockets.ts'
import type { unsampledCalls } from './outgoing.ts'
import { learnPeerAddresses } from './peer-addresses.ts'
import { absoluteUrl, splitTarget } from './request-target.ts'
import { sampledCallsOnly } from './undici-lane.ts'

const load = createRequire(import.meta.url)

/** What {@link instrument} is given. */
export interface InstrumentationParts {
  readonly tracerProvider: TracerProvider
  /** Says which calls get no span. */
  readonly ignoresCall: ReturnType<typeof unsampledCalls>
}

/** Makes spans of outgoing calls from now on. */
export function instrument({ tracerProvider, ignoresCall }: InstrumentationParts): void {
  const { HttpInstrumentation } = load(
    '@opentelemetry/instrumentation-http',
  ) as typeof import('@opentelemetry/instrumentation-http')
  const { UndiciInstrumentation } = load(
    '@opentelemetry/instrumentation-undici',
  ) as typeof import('@opentelemetry/instrumentation-undici')
  const LanedUndici = sampledCallsOnly(UndiciInstrumentation, ignoresCall.undici)
  const onCallSpan = (span: Span, call: object): void => enterCall(call, trace.setSpan(ROOT_CONTEXT, span))
  const instrumentations = [
    new HttpInstrumentation({
      // Spans are redacted when they end.
      redactedQueryParams: [],
      disableIncomingRequestInstrumentation: true,
      ignoreOutgoingRequestHook: ignoresCall.http,
      requestHook(span, request) {
        if (!('getHeader' in request)) return
        onCallSpan(span, request)
        tellEnd(span, request)
      },
    }),
    new LanedUndici({
      requestHook: (span, request) => {
        const { query } = splitTarget(request.path)
        span.setAttribute('url.full', absoluteUrl(new URL(request.origin).origin, request.path))
        if (query !== undefined) span.setAttribute('url.query', query)
        onCallSpan(span, request)
      },
    }),
  ]
  learnPeerAddresses()
  endSpansOfOpenedWebSockets()
  for (const instrumentation of instrumentations) {
    instrumentation.setTracerProvider(tracerProvider)
    instrumentation.setMeterProvider(NO_METRICS)
    instrumentation.enable()
  }
  // An ES module has its own bindings of node:http and node:https: they follow only what is loaded now, through the
  // hook of the instrumentation, and copied over.
  load('node:http')
  load('node:https')
  syncBuiltinESMExports()
}

/**
 * Tells the span of a call what its instrumentation, which listens after this, does not look at when the request closes:
 * that the answer broke off, as it says itself only later; or that it is one to a handshake.
 */
function tellEnd(span: Span, request: ClientRequest & { readonly res?: Answer | null }): void {
  if (!span.isRecording()) return
  request.on('close', () => {
    if (!span.isRecording()) return // it has been ended by the error already
    const { errored, upgrade, statusCode } = request.res ?? {}
    if (upgrade && statusCode !== undefined) span.setAttribute('http.response.status_code', statusCode)
    if (errored == null) return
    span.recordException(errored)
    span.setStatus({ code: SpanStatusCode.ERROR })
  })
}

/** As Node keeps it; `upgrade` says that another protocol is spoken from then on. */
type Answer = IncomingMessage & { readonly upgrade?: boolean | null }
