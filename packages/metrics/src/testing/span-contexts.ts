import { type Context, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api'

/** A context with a span whose ids consist of this hex digit. */
export function contextWithSpan(digit: string, traceFlags = TraceFlags.SAMPLED): Context {
  const span = { traceId: digit.repeat(32), spanId: digit.repeat(16), traceFlags }
  return trace.setSpanContext(ROOT_CONTEXT, span)
}

/** A context with a sampled span. */
export const SAMPLED = contextWithSpan('a')

/** A context with an unsampled span. */
export const UNSAMPLED = contextWithSpan('b', TraceFlags.NONE)
