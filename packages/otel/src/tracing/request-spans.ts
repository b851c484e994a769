import { context, type Span, SpanKind } from '@opentelemetry/api'
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'
import { NO_STATUS_SENT } from '@vr/otel-instruments'
import { untrustedParent } from './propagator.ts'

/** Links the span of a request to the trace that its caller named, where that is not gone on with. */
export function linkUntrustedParent(span: Span): void {
  const origin = untrustedParent(context.active())
  if (origin !== undefined) span.addLink({ context: origin })
}

/**
 * Corrects what instrumentations tell, when a span has ended: a request that had no status sent gets none (that of
 * `node:http` writes what the response would have said), and a `fetch` that timed out has the name of its error, as its
 * metric has (that of undici tells the number that a `DOMException` had before there were names).
 */
export class Corrections implements SpanProcessor {
  onStart(): void {}

  onEnd({ attributes, kind }: ReadableSpan): void {
    if (attributes[NO_STATUS_SENT] === true) {
      delete attributes[NO_STATUS_SENT]
      delete attributes['http.response.status_code']
      delete attributes['http.status_text']
    }
    const isTimeout = Number(attributes['error.type']) === DOMException.TIMEOUT_ERR
    if (kind === SpanKind.CLIENT && isTimeout) attributes['error.type'] = 'TimeoutError'
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}
