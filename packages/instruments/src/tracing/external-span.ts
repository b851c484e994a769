import { type Context, ROOT_CONTEXT, type Span } from '@opentelemetry/api'
import { describeRequestSpan, type RequestSpanFacts } from './request-span.ts'
import type { RequestTrace } from './request-tracer.ts'

/** A trace without a span that records. */
export const NO_TRACE: RequestTrace = {
  context: ROOT_CONTEXT,
  isRecording: () => false,
  recordException() {},
  end() {},
  startTurn: () => undefined,
}

/**
 * Returns the trace of a request whose server span another instrumentation started. `describeRequestSpan` sets its
 * last attributes; the instrumentation records exceptions and ends the span.
 * @param context the context in which the application handles the request
 * @param span the active span of that context
 */
export function externalTrace(context: Context, span: Span | undefined): RequestTrace {
  return span?.isRecording() ? new ExternalSpanTrace(context, span) : NO_TRACE
}

class ExternalSpanTrace implements RequestTrace {
  readonly context: Context
  readonly #span: Span

  constructor(context: Context, span: Span) {
    this.context = context
    this.#span = span
  }

  isRecording(): boolean {
    return this.#span.isRecording()
  }

  recordException(): void {}

  end(facts: RequestSpanFacts): void {
    describeRequestSpan(this.#span, facts)
    if (facts.status === undefined) ignoreStatusCode(this.#span)
  }

  startTurn(): undefined {}
}

/** Names in the current and the older semantic conventions. */
const STATUS_CODE: ReadonlySet<string> = new Set([
  'http.response.status_code',
  'http.status_code',
  'http.status_text',
])

/**
 * Makes a span ignore its status code from now on. For a request without a response,
 * `@opentelemetry/instrumentation-http` would set 200, the initial status of every `ServerResponse`.
 */
function ignoreStatusCode(span: Span): void {
  const { setAttribute, setAttributes } = span
  span.setAttribute = function (key, value) {
    return STATUS_CODE.has(key) ? this : setAttribute.call(this, key, value)
  }
  span.setAttributes = function (attributes) {
    const kept = Object.entries(attributes).filter(([key]) => !STATUS_CODE.has(key))
    return setAttributes.call(this, Object.fromEntries(kept))
  }
}
