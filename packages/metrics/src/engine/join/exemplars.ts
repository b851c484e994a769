import type { HrTime } from '@opentelemetry/api'
import type { Exemplar } from '../../exemplars/exemplar.ts'
import { millisToHrTime } from '../../series/hr-time.ts'
import type { FamilyExemplar } from '../family.ts'

const TRACE_ID = /^[0-9a-f]{32}$/
const SPAN_ID = /^[0-9a-f]{16}$/

/**
 * Converts exemplars of an exposition. The labels `trace_id` and `span_id` become the ids, if both are valid; the others become
 * attributes.
 * @param time of an exemplar without a timestamp
 */
export function toExemplars(
  found: readonly (FamilyExemplar | undefined)[],
  time: HrTime,
): { readonly exemplars?: Exemplar[] } {
  const exemplars = found.flatMap((exemplar) => (exemplar === undefined ? [] : [toExemplar(exemplar, time)]))
  return exemplars.length === 0 ? {} : { exemplars }
}

function toExemplar({ labels, value, timestamp }: FamilyExemplar, time: HrTime): Exemplar {
  const { trace_id: traceId = '', span_id: spanId = '', ...others } = labels
  const hasIds = TRACE_ID.test(traceId) && SPAN_ID.test(spanId)
  return {
    value,
    timestamp: timestamp === undefined ? time : millisToHrTime(timestamp * 1000),
    filteredAttributes: hasIds ? others : labels,
    ...(hasIds ? { traceId, spanId } : {}),
  }
}
