import { createRequire } from 'node:module'
import {
  type Context,
  context as contexts,
  isSpanContextValid,
  type Span,
  type SpanOptions,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { TracerProvider, TracerProviderOptions } from '@opentelemetry/sdk-trace'
import { RANDOM_FLAG } from './traceparent.ts'

const load = createRequire(import.meta.url)

/**
 * Creates the SDK's tracer provider, whose spans have the flag `random` of W3C Trace Context level 2: inherited from the
 * parent, and set for a new trace id, since the ids are random. The SDK leaves it out of every span context.
 */
export function createTracerProvider(config: TracerProviderOptions): TracerProvider {
  const sdk = load('@opentelemetry/sdk-trace') as typeof import('@opentelemetry/sdk-trace')
  class GatewayTracerProvider extends sdk.TracerProvider {
    override getTracer(...args: Parameters<TracerProvider['getTracer']>): Tracer {
      const tracer = super.getTracer(...args)
      // The SDK keeps its tracers, and its `startActiveSpan` calls `startSpan`.
      if (!Object.hasOwn(tracer, 'startSpan')) tracer.startSpan = startSpanOf(tracer)
      return tracer
    }
  }
  return new GatewayTracerProvider(config)
}

function startSpanOf(tracer: Tracer): Tracer['startSpan'] {
  const startSpan = tracer.startSpan.bind(tracer)
  return (name, options = {}, parent = contexts.active()) => {
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
