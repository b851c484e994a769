import { isSpanContextValid, TraceFlags, trace } from '@opentelemetry/api'
import { activeContext } from '../globals/api-globals.ts'

/** Trace context of a log record, with the field names of the OpenTelemetry log data model for JSON. */
export interface LogTraceIds {
  /** 32 lower-case hexadecimal digits. */
  readonly trace_id: string
  /** 16 lower-case hexadecimal digits. */
  readonly span_id: string
  /** `01` if the trace is sampled, else `00`. Other flags of W3C Trace Context are left out. */
  readonly trace_flags: string
}

/**
 * Returns the trace context of the running code, for a log record. Unsampled requests have ids too, so that the log records of
 * one request can be found. Empty outside of a trace and if tracing is disabled. Patches nothing.
 * @example
 * logger.info({ ...logTraceIds(), user }, 'order received')
 * @returns fields to spread into a log record
 */
export function logTraceIds(): LogTraceIds | Record<string, never> {
  const spanContext = trace.getSpanContext(activeContext())
  if (spanContext === undefined || !isSpanContextValid(spanContext)) return {}
  const { traceId, spanId, traceFlags } = spanContext
  return { trace_id: traceId, span_id: spanId, trace_flags: traceFlags & TraceFlags.SAMPLED ? '01' : '00' }
}
