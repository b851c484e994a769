import { context, type Span } from '@opentelemetry/api'
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'
import { NO_STATUS_SENT } from '@vr/otel-instruments'
import { untrustedParent } from './propagator.ts'

/** Links the span of a request to the trace that its caller named, where that is not gone on with. */
export function linkUntrustedParent(span: Span): void {
  const origin = untrustedParent(context.active())
  if (origin !== undefined) span.addLink({ context: origin })
}

/**
 * Takes the status code off the span of a request that had none sent: instrumentation of `node:http` writes what the
 * response would have said.
 */
export class MissingStatus implements SpanProcessor {
  onStart(): void {}

  onEnd({ attributes }: ReadableSpan): void {
    if (attributes[NO_STATUS_SENT] !== true) return
    delete attributes[NO_STATUS_SENT]
    delete attributes['http.response.status_code']
    delete attributes['http.status_text']
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}
