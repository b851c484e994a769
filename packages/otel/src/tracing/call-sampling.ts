import { type Context, TraceFlags, trace } from '@opentelemetry/api'
import { UnsampledContext } from './unsampled-context.ts'

/**
 * Returns whether a call gets a client span. A call of an unsampled trace gets trace headers only. For a call without a
 * trace the SDK's sampler decides.
 * @param active the context in which the call is made
 */
export function isCallSampled(active: Context): boolean {
  const span = trace.getSpan(active)
  if (span === undefined) return true
  return !(span instanceof UnsampledContext) && (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0
}
