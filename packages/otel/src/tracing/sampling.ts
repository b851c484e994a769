import { type SpanContext, TraceFlags } from '@opentelemetry/api'
import type { RandomIds, TraceIdWords } from './trace-ids.ts'

/** Whether a request is traced, decided before anything is made for it. */
export interface RequestSampling {
  readonly isSampled: boolean
  /** The span of the caller whose trace is gone on with; `undefined` if a trace begins here. */
  readonly parent: SpanContext | undefined
  /** The id of the trace that begins here; the SDK has to be handed it. */
  readonly newTraceId: TraceIdWords | undefined
}

/** How {@link decideSampling} decides. */
export interface SamplingRules {
  readonly ids: RandomIds
  /** Whether a trace that begins here is sampled: the same function of its id as the SDK's sampler. */
  readonly isSampled: (traceId: TraceIdWords) => boolean
  /** Whether the decision of a caller is obeyed, and its trace gone on with. */
  readonly trustsParent: boolean
}

/**
 * The share of traces that are sampled, as a function of the id: what the SDK's `TraceIdRatioBasedSampler` computes from
 * the hexadecimal digits, from the words that they are made of. A test holds one against the other.
 */
export function ratioSampling(ratio: number): (traceId: TraceIdWords) => boolean {
  const bound = ratio === 1 ? 0x1_0000_0000 : Math.floor(ratio * 0xffff_ffff)
  return ({ folded }) => folded < bound
}

/**
 * Decides by the flag of the caller, or by the id of a new trace.
 * @param isExcluded whether the request is not traced whatever its caller says
 */
export function decideSampling(
  rules: SamplingRules,
  caller: SpanContext | undefined,
  isExcluded: boolean,
): RequestSampling {
  if (caller !== undefined && rules.trustsParent) {
    const isSampled = !isExcluded && (caller.traceFlags & TraceFlags.SAMPLED) !== 0
    return { isSampled, parent: caller, newTraceId: undefined }
  }
  const newTraceId = rules.ids.newTraceId()
  return { isSampled: !isExcluded && rules.isSampled(newTraceId), parent: undefined, newTraceId }
}
