import { type Span, SpanStatusCode } from '@opentelemetry/api'
import { OTHER_METHOD } from '../cardinality/method.ts'
import type { StreamOutcome } from '../observation/outcome.ts'
import type { StreamTotals } from '../observation/stream-observation.ts'

/** What a server span describes when its request has ended. */
export interface RequestSpanFacts {
  /** The value of the `method` label. */
  readonly method: string
  /** The route template in the spelling of the framework; `undefined` if no route matched. */
  readonly route: string | undefined
  /** The status code that was sent; `undefined` if none was. */
  readonly status: number | undefined
  /** `error.type`; `undefined` if the request succeeded. */
  readonly errorType: string | undefined
  /** `undefined` if the response was not an event stream. */
  readonly outcome: StreamOutcome | undefined
  /** Totals of the stream; `undefined` if the response was not an event stream. */
  readonly stream: StreamTotals | undefined
}

/**
 * Sets the attributes, name and status of a server span that HTTP instrumentation cannot know, by the HTTP semantic
 * conventions: `http.route` and the name with the route, `HTTP` as the name of an unknown method, `error.type`, and the
 * totals of an event stream. Does not set the status code.
 */
export function describeRequestSpan(span: Span, facts: RequestSpanFacts): void {
  const { method, route, errorType, outcome, stream } = facts
  const name = method === OTHER_METHOD ? 'HTTP' : method
  if (route !== undefined) span.setAttribute('http.route', route)
  if (route !== undefined || method === OTHER_METHOD)
    span.updateName(route === undefined ? name : `${name} ${route}`)
  if (errorType !== undefined) span.setAttribute('error.type', errorType)
  if (errorType !== undefined && errorType !== 'client_abort') span.setStatus({ code: SpanStatusCode.ERROR })
  if (outcome !== undefined) span.setAttribute('vr_otel.sse.outcome', outcome)
  if (stream !== undefined) span.setAttributes(streamAttributes(stream))
}

function streamAttributes({ bytes, events, secondsToFirstEvent }: StreamTotals): Record<string, number> {
  return {
    'vr_otel.sse.bytes': bytes,
    ...(events === undefined ? {} : { 'vr_otel.sse.events': events }),
    ...(secondsToFirstEvent === undefined ? {} : { 'vr_otel.sse.time_to_first_event': secondsToFirstEvent }),
  }
}
