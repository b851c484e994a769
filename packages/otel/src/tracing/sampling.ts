import { type SpanContext, TraceFlags } from '@opentelemetry/api'
import type { RandomIds, TraceIdWords } from './trace-ids.ts'

/** The sampling decision for a request. */
export interface RequestSampling {
  readonly isSampled: boolean
  /** The remote parent; `undefined` if a trace starts here. */
  readonly parent: SpanContext | undefined
  /** The id of the trace that starts here. The SDK must use it; see `PresetIdGenerator`. */
  readonly newTraceId: TraceIdWords | undefined
}

/** What {@link decideSampling} decides by. */
export interface SamplingRules {
  readonly ids: RandomIds
  /** Whether a new trace is sampled, as a function of its id; the same function as that of the SDK's sampler. */
  readonly isSampled: (traceId: TraceIdWords) => boolean
  /** Whether the trace and the decision of a caller are continued. */
  readonly trustsParent: boolean
}

/**
 * Returns the decision function of a ratio sampler: that of the SDK's `TraceIdRatioBasedSampler`, computed from the words of
 * a trace id instead of its hexadecimal digits. A test compares the two.
 */
export function ratioSampling(ratio: number): (traceId: TraceIdWords) => boolean {
  const bound = ratio === 1 ? 0x1_0000_0000 : Math.floor(ratio * 0xffff_ffff)
  return ({ folded }) => folded < bound
}

/**
 * Decides by the sampled flag of the caller, or by the id of a new trace.
 * @param caller the remote parent, if the request has one
 * @param isExcluded whether the request must not be sampled
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
