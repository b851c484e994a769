import { createRequire } from 'node:module'
import {
  type Context,
  context as contexts,
  isSpanContextValid,
  type Span,
  SpanKind,
  type SpanOptions,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { TracerProvider, TracerProviderOptions } from '@opentelemetry/sdk-trace'
import { RANDOM_FLAG } from './traceparent.ts'

const load = createRequire(import.meta.url)

/**
 * The tracer of Next, which makes a server span for each request and a client span for each `fetch`, below and above ours
 * of the same. They become internal spans: two of a kind would double span metrics and service graphs.
 */
const DOUBLING_TRACER = 'next.js'

/**
 * Creates the SDK's tracer provider, with two differences. Its spans have the flag `random` of W3C Trace Context level 2:
 * inherited from the parent, and set for a new trace id, since the ids are random; the SDK leaves it out of every span
 * context. And the spans of Next are internal.
 */
export function createTracerProvider(config: TracerProviderOptions): TracerProvider {
  const sdk = load('@opentelemetry/sdk-trace') as typeof import('@opentelemetry/sdk-trace')
  class GatewayTracerProvider extends sdk.TracerProvider {
    override getTracer(...args: Parameters<TracerProvider['getTracer']>): Tracer {
      const tracer = super.getTracer(...args)
      // The SDK keeps its tracers, and its `startActiveSpan` calls `startSpan`.
      if (!Object.hasOwn(tracer, 'startSpan')) {
        tracer.startSpan = startSpanOf(tracer, args[0] === DOUBLING_TRACER)
      }
      return tracer
    }
  }
  return new GatewayTracerProvider(config)
}

function startSpanOf(tracer: Tracer, isInternal: boolean): Tracer['startSpan'] {
  const startSpan = tracer.startSpan.bind(tracer)
  return (name, given = {}, parent = contexts.active()) => {
    const options = isInternal ? { ...given, kind: SpanKind.INTERNAL } : given
    const span = startSpan(name, options, parent)
    setRandomFlag(span, options, parent)
    return span
  }
}

/** The context of a span is an object of its own, except where tracing is suppressed: then its ids are not valid. */
function setRandomFlag(span: Span, { root }: SpanOptions, context: Context): void {
  const spanContext = span.spanContext()
  if (!isSpanContextValid(spanContext)) return
  const parent = root === true ? undefined : trace.getSpanContext(context)
  const isRandom =
    parent === undefined || !isSpanContextValid(parent) || (parent.traceFlags & RANDOM_FLAG) !== 0
  if (isRandom) spanContext.traceFlags |= RANDOM_FLAG
}
