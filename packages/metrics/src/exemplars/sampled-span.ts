import { type Context, isSpanContextValid, type SpanContext, TraceFlags, trace } from '@opentelemetry/api'

/**
 * The span context that was found valid last: a request records several times, and to check the ids takes 0.1 µs. Span
 * contexts do not change.
 */
let lastValid: SpanContext | undefined

/**
 * Returns the span context that exemplars may name: of a sampled span, with valid ids (specification trace/api.md
 * "IsValid"). An unsampled span is exported nowhere, and ids of zeros name none: they would lead to nothing.
 */
export function sampledSpan(context: Context): SpanContext | undefined {
  const span = trace.getSpanContext(context)
  if (span === undefined || (span.traceFlags & TraceFlags.SAMPLED) === 0) return undefined
  if (span === lastValid) return span
  if (!isSpanContextValid(span)) return undefined
  lastValid = span
  return span
}
