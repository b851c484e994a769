import { type Context, ROOT_CONTEXT, type SpanContext, TraceFlags, trace } from '@opentelemetry/api'
import type { DrawnId, TraceIds } from './trace-ids.ts'

/** The trace of a request that is not sampled: one that a caller began, or a new one. */
export interface UnsampledTrace {
  readonly parent: SpanContext | undefined
  /** Of a new trace. */
  readonly drawn: DrawnId | undefined
}

/**
 * The ids of a request that is not sampled. Most requests never ask for them: they are written out when somebody does, a
 * call upstream or a log line, and stay the same from then on. Own properties, as those of any `SpanContext`: it can be
 * spread and printed.
 */
function lateSpanContext(ids: TraceIds, { parent, drawn }: UnsampledTrace): SpanContext {
  let spanId: string | undefined
  return {
    traceFlags: TraceFlags.NONE,
    get traceId() {
      return parent?.traceId ?? (drawn as DrawnId).traceId
    },
    get spanId() {
      spanId ??= ids.spanId()
      return spanId
    },
    ...(parent?.traceState === undefined ? undefined : { traceState: parent.traceState }),
  }
}

/**
 * The context of a request that is not sampled: it has no span that records, but ids, so that what is called and what is
 * logged can name the trace, and so that the next service obeys the decision.
 */
export function unsampledContext(
  ids: TraceIds,
  unsampled: UnsampledTrace,
  base: Context = ROOT_CONTEXT,
): Context {
  return trace.setSpanContext(base, lateSpanContext(ids, unsampled))
}
