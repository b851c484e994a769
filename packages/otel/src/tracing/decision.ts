import { type SpanContext, TraceFlags } from '@opentelemetry/api'
import type { TraceIds, TraceIdWords } from './trace-ids.ts'

/** Whether a request is traced, decided before anything is made for it. */
export interface Decision {
  readonly isSampled: boolean
  /** The span of the caller whose trace is gone on with; `undefined` if a trace begins here. */
  readonly parent: SpanContext | undefined
  /** The id of the trace that begins here; the SDK has to be handed it. */
  readonly drawn: TraceIdWords | undefined
}

/** How {@link decide} decides. */
export interface DecisionRules {
  readonly ids: TraceIds
  /** Whether a trace that begins here is sampled: the same function of its id as the SDK's sampler. */
  readonly isSampled: (drawn: TraceIdWords) => boolean
  /** Whether the decision of a caller is obeyed, and its trace gone on with. */
  readonly trustsParent: boolean
}

/**
 * The share of traces that are sampled, as a function of the id: what the SDK's `TraceIdRatioBasedSampler` computes from
 * the hexadecimal digits, from the words that they are made of. A test holds one against the other.
 */
export function ratioRule(ratio: number): (drawn: TraceIdWords) => boolean {
  const bound = ratio === 1 ? 0x1_0000_0000 : Math.floor(ratio * 0xffff_ffff)
  return ({ folded }) => folded < bound
}

/**
 * Decides by the flag of the caller, or by the id of a new trace.
 * @param isExcluded whether the request is not traced whatever its caller says
 */
export function decide(rules: DecisionRules, caller: SpanContext | undefined, isExcluded: boolean): Decision {
  if (caller !== undefined && rules.trustsParent) {
    const isSampled = !isExcluded && (caller.traceFlags & TraceFlags.SAMPLED) !== 0
    return { isSampled, parent: caller, drawn: undefined }
  }
  const drawn = rules.ids.draw()
  return { isSampled: !isExcluded && rules.isSampled(drawn), parent: undefined, drawn }
}
