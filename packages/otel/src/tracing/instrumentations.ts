import { createRequire } from 'node:module'
import {
  type Attributes,
  ROOT_CONTEXT,
  type TextMapPropagator,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import { resendsOfCall, setClientSpan } from '@vr/otel-instruments/internal'
import { traceHttpCalls } from './http-client-spans.ts'
import { methodAttributes, nameOfMethod } from './http-method.ts'
import { NOOP_METER_PROVIDER } from './noop-meter-provider.ts'
import { readPeerAddresses } from './peer-addresses.ts'
import { absoluteUrl, splitTarget } from './request-target.ts'
import { withoutRequireHook } from './require-hook.ts'
import { skipUnsampledRequests, type UndiciRequest } from './sampled-only-undici.ts'
import { endWebSocketClientSpans } from './websocket-client-spans.ts'

const load = createRequire(import.meta.url)

/** What {@link instrument} is given. */
export interface InstrumentationParts {
  readonly tracerProvider: TracerProvider
  /** Of the spans that are made here. */
  readonly tracer: Tracer
  readonly propagator: TextMapPropagator
  /** The values of `http.request.method`, besides `_OTHER`. */
  readonly knownMethods: readonly string[]
}

/**
 * Makes spans of outgoing calls from now on.
 * @returns undoes it
 */
export function instrument(parts: InstrumentationParts): () => void {
  const { tracerProvider, tracer, propagator } = parts
  const knownMethods = new Set(parts.knownMethods)
  const stops = [
    readPeerAddresses(),
    endWebSocketClientSpans(),
    traceHttpCalls({ tracer, propagator, knownMethods }),
    traceUndiciCalls(tracerProvider, propagator, knownMethods),
  ]
  return () => {
    for (const stop of stops.reverse()) stop()
  }
}

/**
 * Makes spans of calls by `fetch` and undici, by `@opentelemetry/instrumentation-undici`.
 * @returns undoes it
 */
function traceUndiciCalls(
  tracerProvider: TracerProvider,
  propagator: TextMapPropagator,
  knownMethods: ReadonlySet<string>,
): () => void {
  const { UndiciInstrumentation } = load(
    '@opentelemetry/instrumentation-undici',
  ) as typeof import('@opentelemetry/instrumentation-undici')
  const SampledOnlyUndici = skipUnsampledRequests(UndiciInstrumentation, propagator)
  const instrumentation = withoutRequireHook(
    () =>
      new SampledOnlyUndici({
        startSpanHook: (request) => undiciAttributes(request as UndiciRequest, knownMethods),
        requestHook: (span, request) => {
          span.updateName(nameOfMethod(request.method, knownMethods))
          setClientSpan(request, trace.setSpan(ROOT_CONTEXT, span))
        },
      }),
  )
  instrumentation.setTracerProvider(tracerProvider)
  instrumentation.setMeterProvider(NOOP_METER_PROVIDER)
  instrumentation.enable()
  return () => instrumentation.disable()
}

/** What the instrumentation of undici writes in another way than the HTTP semantic conventions. */
function undiciAttributes(request: UndiciRequest, knownMethods: ReadonlySet<string>): Attributes {
  const { method, origin, path } = request
  const resends = resendsOfCall(request)
  return {
    'http.request.method_original': undefined, // only there if it is another than the method
    ...methodAttributes(method, knownMethods),
    'url.full': absoluteUrl(new URL(origin).origin, path),
    'url.query': splitTarget(path).query,
    ...(resends === 0 ? {} : { 'http.request.resend_count': resends }),
  }
}
