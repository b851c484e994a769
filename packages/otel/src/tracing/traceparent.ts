import { type SpanContext, TraceFlags } from '@opentelemetry/api'

/** Version, trace id, parent id, flags; later versions may append fields (W3C Trace Context section 3.2). */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

const NO_TRACE = '0'.repeat(32)
const NO_SPAN = '0'.repeat(16)

/** The random flag of level 2 (section 3.2.2.5.2): at least the right-most seven bytes of the trace id are random. */
export const RANDOM_FLAG = 2

/**
 * Parses a `traceparent` header (W3C Trace Context level 1, with the random flag of level 2).
 * @returns `undefined` if it is invalid; then a new trace starts
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

/** Returns the `traceparent` header, version 00, that makes a span the parent of a call. */
export function printTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  const flags = (traceFlags & (TraceFlags.SAMPLED | RANDOM_FLAG)).toString(16).padStart(2, '0')
  return `00-${traceId}-${spanId}-${flags}`
}
