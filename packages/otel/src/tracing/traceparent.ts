import { type SpanContext, TraceFlags } from '@opentelemetry/api'

/** Version, trace id, parent id, flags; a later version may have more behind a dash (W3C Trace Context section 3.2). */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

const NO_TRACE = '0'.repeat(32)
const NO_SPAN = '0'.repeat(16)

/** The flag `random` of level 2 (section 3.2.2.5.2): at least the right-most seven bytes of the trace id are random. */
export const RANDOM_FLAG = 2

/**
 * Reads a `traceparent` header by W3C Trace Context, level 1 and the `random` flag of level 2.
 * @returns `undefined` if it is not valid: then a new trace begins
 */
export function parseTraceparent(header: string): SpanContext | undefined {
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(header.trim()) ?? []
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined)
    return undefined
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined
  const traceFlags = Number.parseInt(flags, 16) & (TraceFlags.SAMPLED | RANDOM_FLAG)
  return { traceId, spanId, traceFlags, isRemote: true }
}

/** The header that makes a span the parent of what is called. Always version 00. */
export function printTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  const flags = (traceFlags & (TraceFlags.SAMPLED | RANDOM_FLAG)).toString(16).padStart(2, '0')
  return `00-${traceId}-${spanId}-${flags}`
}
