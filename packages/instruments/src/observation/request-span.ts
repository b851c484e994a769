import { type Span, SpanStatusCode } from '@opentelemetry/api'
import { OTHER_METHOD } from '../cardinality/method.ts'
import type { StreamOutcome } from './outcome.ts'
import type { StreamTotals } from './stream-observation.ts'

/** What the span of a request is told at its end. */
export interface RequestSpanFacts {
  readonly method: string
  /** In the framework's own spelling. */
  readonly route: string | undefined
  /** `undefined` if none was sent. */
  readonly status: number | undefined
  readonly errorType: string | undefined
  /** Of an event stream. */
  readonly outcome: StreamOutcome | undefined
  readonly stream: StreamTotals | undefined
}

/**
 * Marks a span whose request had no status code sent: instrumentation of `node:http` writes one all the same, and the
 * tracing set-up takes both away.
 */
export const NO_STATUS_SENT = 'vr_otel.no_status_sent'

/** Names of the semantic conventions; their package is a megabyte of names to load for these. */
const ROUTE = 'http.route'
const STATUS = 'http.response.status_code'
const ERROR_TYPE = 'error.type'

/**
 * Tells the span of a request what instrumentation does not know, by the HTTP semantic conventions: its route and the
 * name that follows from it, `HTTP` for a method that is not known, what went wrong, and the facts of an event stream.
 */
export function describeRequestSpan(span: Span, facts: RequestSpanFacts): void {
  const { method, route, status, errorType, outcome, stream } = facts
  const name = method === OTHER_METHOD ? 'HTTP' : method
  if (route !== undefined) span.setAttribute(ROUTE, route)
  if (route !== undefined || method === OTHER_METHOD)
    span.updateName(route === undefined ? name : `${name} ${route}`)
  if (status === undefined) span.setAttribute(NO_STATUS_SENT, true)
  if (errorType !== undefined) span.setAttribute(ERROR_TYPE, errorType)
  if (errorType !== undefined && errorType !== 'client_abort') span.setStatus({ code: SpanStatusCode.ERROR })
  if (outcome !== undefined) span.setAttribute('vr_otel.sse.outcome', outcome)
  if (stream !== undefined) span.setAttributes(streamAttributes(stream))
}

/** What an instrumentation would have told a span that we have made ourselves. */
export function describeOwnSpan(span: Span, status: number | undefined): void {
  if (status !== undefined) span.setAttribute(STATUS, status)
}

function streamAttributes({ bytes, events, secondsToFirstEvent }: StreamTotals): Record<string, number> {
  return {
    'vr_otel.sse.bytes': bytes,
    ...(events === undefined ? {} : { 'vr_otel.sse.events': events }),
    ...(secondsToFirstEvent === undefined ? {} : { 'vr_otel.sse.time_to_first_event': secondsToFirstEvent }),
  }
}
