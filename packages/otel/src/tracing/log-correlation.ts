import { isSpanContextValid, TraceFlags, trace } from '@opentelemetry/api'
import { activeContext } from '../globals/api-globals.ts'

/** What a log line needs to name its trace, in the field names of OpenTelemetry's log data model for JSON. */
export interface LogTraceIds {
  readonly trace_id: string
  readonly span_id: string
  /** `01` if the trace is sampled, so that a backend has it, else `00`; other flags of W3C Trace Context are left out. */
  readonly trace_flags: string
}

/**
 * The ids of the request that the running code handles, for a log line: also of one that is not sampled, so that lines of
 * one request can be found together. Empty outside of a request, and while tracing is off. Nothing is patched for it.
 * @returns fields to be spread into a log record
 */
export function logTraceIds(): LogTraceIds | Record<string, never> {
  const spanContext = trace.getSpanContext(activeContext())
  if (spanContext === undefined || !isSpanContextValid(spanContext)) return {}
  const { traceId, spanId, traceFlags } = spanContext
  return { trace_id: traceId, span_id: spanId, trace_flags: traceFlags & TraceFlags.SAMPLED ? '01' : '00' }
}
