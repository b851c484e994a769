import { type Context, ROOT_CONTEXT, type SpanContext, TraceFlags, trace } from '@opentelemetry/api'
import type { DrawnId, TraceIds } from './trace-ids.ts'

/** The trace of a request that is not sampled: one that a caller began, or a new one. */
export interface UnsampledTrace {
  readonly parent: SpanContext | undefined
  /** Of a new trace. */
  readonly drawn: DrawnId | undefined
}

/**
 * The context of a request that is not sampled: it has no span that records, but ids, so that what is called and what is
 * logged can name the trace, and so that the next service obeys the decision.
 */
export function unsampledContext(
  ids: TraceIds,
  { parent, drawn }: UnsampledTrace,
  base: Context = ROOT_CONTEXT,
): Context {
  const traceId = parent?.traceId ?? (drawn as DrawnId).traceId
  const spanContext: SpanContext = { traceId, spanId: ids.spanId(), traceFlags: TraceFlags.NONE }
  if (parent?.traceState !== undefined) spanContext.traceState = parent.traceState
  return trace.setSpanContext(base, spanContext)
}
