import {
  type Context,
  ROOT_CONTEXT,
  type SpanContext,
  TraceFlags,
  type TraceState,
  trace,
} from '@opentelemetry/api'
import type { DrawnId, TraceIds } from './trace-ids.ts'

/** The trace of a request that is not sampled: one that a caller began, or a new one. */
export interface UnsampledTrace {
  readonly parent: SpanContext | undefined
  /** Of a new trace. */
  readonly drawn: DrawnId | undefined
}

/**
 * The ids of a request that is not sampled. Most requests never ask for them: they are written out when somebody does, a
 * call upstream or a log line, and stay the same from then on. A `SpanContext`, but for a `traceState` that may be undefined.
 */
class LateSpanContext {
  readonly traceFlags = TraceFlags.NONE
  readonly #ids: TraceIds
  readonly #trace: UnsampledTrace
  #spanId: string | undefined

  constructor(ids: TraceIds, unsampled: UnsampledTrace) {
    this.#ids = ids
    this.#trace = unsampled
  }

  get traceId(): string {
    return (this.#trace.parent ?? (this.#trace.drawn as DrawnId)).traceId
  }

  get spanId(): string {
    this.#spanId ??= this.#ids.spanId()
    return this.#spanId
  }

  get traceState(): TraceState | undefined {
    return this.#trace.parent?.traceState
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
  return trace.setSpanContext(base, new LateSpanContext(ids, unsampled) as SpanContext)
}
