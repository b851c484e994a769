import {
  type Context,
  ROOT_CONTEXT,
  type SpanContext,
  TraceFlags,
  type TraceState,
  trace,
} from '@opentelemetry/api'
import type { TraceIds } from './trace-ids.ts'

/** Whether a request is traced, decided before anything is made for it. */
export interface Decision {
  readonly isSampled: boolean
  /** The trace that it belongs to. */
  readonly traceId: string
  /** Whether the trace begins here: then its id is new, and the SDK has to be handed it. */
  readonly isRoot: boolean
  readonly traceState: TraceState | undefined
}

/** How {@link decide} decides. */
export interface DecisionRules {
  readonly ids: TraceIds
  /** Whether a trace that begins here is sampled: the same function of its id as the SDK's sampler. */
  readonly isSampled: (traceId: string) => boolean
  /** Whether the decision of a caller is obeyed, and its trace gone on with. */
  readonly trustsParent: boolean
}

/**
 * Decides by the flag of the caller, or by the id of a new trace.
 * @param isExcluded whether the request is not traced whatever its caller says
 */
export function decide(rules: DecisionRules, parent: SpanContext | undefined, isExcluded: boolean): Decision {
  if (parent !== undefined && rules.trustsParent) {
    const { traceId, traceFlags, traceState } = parent
    const isSampled = !isExcluded && (traceFlags & TraceFlags.SAMPLED) !== 0
    return { isSampled, traceId, isRoot: false, traceState }
  }
  const traceId = rules.ids.traceId()
  return { isSampled: !isExcluded && rules.isSampled(traceId), traceId, isRoot: true, traceState: undefined }
}

/**
 * The context of a request that is not sampled: it has no span that records, but ids, so that what is called and what is
 * logged can name the trace, and so that the next service obeys the decision.
 */
export function unsampledContext(
  ids: TraceIds,
  { traceId, traceState }: Decision,
  base = ROOT_CONTEXT,
): Context {
  const spanContext: SpanContext = {
    traceId,
    spanId: ids.spanId(),
    traceFlags: TraceFlags.NONE,
    ...(traceState === undefined ? {} : { traceState }),
  }
  return trace.setSpanContext(base, spanContext)
}
