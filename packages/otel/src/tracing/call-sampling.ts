import { type Context, TraceFlags, trace } from '@opentelemetry/api'
import { isSuppressed } from '@vr/otel-instruments/internal'
import { UnsampledContext } from './unsampled-context.ts'

/**
 * How much an outgoing call gets: nothing where tracing is suppressed, as around the calls of an exporter; the headers of
 * its trace alone where that is not sampled; a span otherwise.
 */
export type CallTracing = 'none' | 'headers' | 'span'

/** Returns what a call gets that is made in a context. A call of no trace gets a span, and the sampler decides. */
export function tracingOfCall(active: Context): CallTracing {
  if (isSuppressed(active)) return 'none'
  const span = trace.getSpan(active)
  if (span === undefined) return 'span'
  const isSampled =
    !(span instanceof UnsampledContext) && (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0
  return isSampled ? 'span' : 'headers'
}
