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
 * The tracer of Next, which creates a second server span for each request and a second client span for each `fetch`. Its
 * spans become internal spans, so that span metrics and service graphs count each request once.
 */
const NEXT_TRACER = 'next.js'

/**
 * Creates a tracer provider that differs from that of the SDK in two ways. Its span contexts have the random flag of W3C
 * Trace Context level 2, inherited from the parent or set for a new trace id; the SDK drops the flag. And the spans of Next
 * are internal spans.
 */
export function createTracerProvider(config: TracerProviderOptions): TracerProvider {
  const sdk = load('@opentelemetry/sdk-trace') as typeof import('@opentelemetry/sdk-trace')
  class GatewayTracerProvider extends sdk.TracerProvider {
    override getTracer(...args: Parameters<TracerProvider['getTracer']>): Tracer {
      const tracer = super.getTracer(...args)
      // The SDK returns the same tracer again, and its `startActiveSpan` calls `startSpan`.
      if (!Object.hasOwn(tracer, 'startSpan')) {
        tracer.startSpan = startSpanOf(tracer, args[0] === NEXT_TRACER)
      }
      return tracer
    }
  }
  return new GatewayTracerProvider(config)
}

function startSpanOf(tracer: Tracer, isInternal: boolean): Tracer['startSpan'] {
  const startSpan = tracer.startSpan.bind(tracer)
  return (name, spanOptions = {}, parent = contexts.active()) => {
    const options = isInternal ? { ...spanOptions, kind: SpanKind.INTERNAL } : spanOptions
    const span = startSpan(name, options, parent)
    setRandomFlag(span, options, parent)
    return span
  }
}

/** Every span has its own span context, except if tracing is suppressed: that one is shared and invalid. */
function setRandomFlag(span: Span, { root }: SpanOptions, context: Context): void {
  const spanContext = span.spanContext()
  if (!isSpanContextValid(spanContext)) return
  const parent = root === true ? undefined : trace.getSpanContext(context)
  const isRandom =
    parent === undefined || !isSpanContextValid(parent) || (parent.traceFlags & RANDOM_FLAG) !== 0
  if (isRandom) spanContext.traceFlags |= RANDOM_FLAG
}
