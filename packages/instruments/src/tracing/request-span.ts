import { type Exception, type Span, SpanStatusCode } from '@opentelemetry/api'
import { OTHER_METHOD } from '../cardinality/method.ts'
import type { StreamOutcome } from '../observation/outcome.ts'
import type { StreamTotals } from '../observation/stream-observation.ts'

/** What the span of a request is told at its end. */
export interface RequestSpanFacts {
  readonly method: string
  /** In the framework's own spelling. */
  readonly route: string | undefined
  readonly errorType: string | undefined
  /** Of an event stream. */
  readonly outcome: StreamOutcome | undefined
  readonly stream: StreamTotals | undefined
}

/** Names of the semantic conventions; their package is a megabyte of names to load for these. */
const ROUTE = 'http.route'
const STATUS = 'http.response.status_code'
const ERROR_TYPE = 'error.type'

/**
 * Tells the span of a request what instrumentation does not know, by the HTTP semantic conventions: its route and the
 * name that follows from it, `HTTP` for a method that is not known, what went wrong, and the facts of an event stream.
 */
export function describeRequestSpan(span: Span, facts: RequestSpanFacts): void {
  const { method, route, errorType, outcome, stream } = facts
  const name = method === OTHER_METHOD ? 'HTTP' : method
  if (route !== undefined) span.setAttribute(ROUTE, route)
  if (route !== undefined || method === OTHER_METHOD)
    span.updateName(route === undefined ? name : `${name} ${route}`)
  if (errorType !== undefined) span.setAttribute(ERROR_TYPE, errorType)
  if (errorType !== undefined && errorType !== 'client_abort') span.setStatus({ code: SpanStatusCode.ERROR })
  if (outcome !== undefined) span.setAttribute('vr_otel.sse.outcome', outcome)
  if (stream !== undefined) span.setAttributes(streamAttributes(stream))
}

/** Sets on a span of ours what somebody else's instrumentation would have set on its own. */
export function describeOwnSpan(span: Span, status: number | undefined): void {
  if (status !== undefined) span.setAttribute(STATUS, status)
}

/** Records on a span of ours that the application's listener threw, as instrumentation does. */
export function describeException(span: Span, error: unknown): void {
  const { name, message } = Object(error) as Partial<Record<'name' | 'message', unknown>>
  span.recordException(error as Exception)
  span.setAttribute(ERROR_TYPE, typeof name === 'string' && name !== '' ? name : '_OTHER')
  span.setStatus({ code: SpanStatusCode.ERROR, ...(typeof message === 'string' && { message }) })
}

/** By the current and the older conventions. */
const STATUSES: ReadonlySet<string> = new Set([STATUS, 'http.status_code', 'http.status_text'])

/**
 * Lets no status code onto the span of somebody else's instrumentation, for a request that had none sent:
 * `@opentelemetry/instrumentation-http` ends such a span with the `200` that every response begins with.
 */
export function withholdStatus(span: Span): void {
  const { setAttribute, setAttributes } = span
  span.setAttribute = function (key, value) {
    return STATUSES.has(key) ? this : setAttribute.call(this, key, value)
  }
  span.setAttributes = function (attributes) {
    const kept = Object.entries(attributes).filter(([key]) => !STATUSES.has(key))
    return setAttributes.call(this, Object.fromEntries(kept))
  }
}

function streamAttributes({ bytes, events, secondsToFirstEvent }: StreamTotals): Record<string, number> {
  return {
    'vr_otel.sse.bytes': bytes,
    ...(events === undefined ? {} : { 'vr_otel.sse.events': events }),
    ...(secondsToFirstEvent === undefined ? {} : { 'vr_otel.sse.time_to_first_event': secondsToFirstEvent }),
  }
}
