import { type Span as ApiSpan, context } from '@opentelemetry/api'
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace'
import { NO_STATUS_SENT } from '@vr/otel-instruments'
import { takeAnyException } from './any-exception.ts'
import { untrustedParent } from './propagator.ts'

/** Links the span of a request to the trace that its caller named, where that is not gone on with. */
export function linkUntrustedParent(span: ApiSpan): void {
  const origin = untrustedParent(context.active())
  if (origin !== undefined) span.addLink({ context: origin })
}

/**
 * Corrects what instrumentations tell, when a span has ended: a request that had no status sent gets none (that of
 * `node:http` writes what the response would have said). What an exception is may be anything.
 */
export class Corrections implements SpanProcessor {
  onStart(span: Span): void {
    takeAnyException(span)
  }

  onEnd(span: ReadableSpan): void {
    const { attributes } = span
    if (attributes[NO_STATUS_SENT] === true) {
      delete attributes[NO_STATUS_SENT]
      delete attributes['http.response.status_code']
      delete attributes['http.status_text']
    }
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}
