import { type Span as ApiSpan, context, SpanKind } from '@opentelemetry/api'
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
 * `node:http` writes what the response would have said), and a call that failed has the `error.type` of its metric. What it
 * failed of may be anything.
 */
export class Corrections implements SpanProcessor {
  onStart(span: Span): void {
    takeAnyException(span)
  }

  onEnd(span: ReadableSpan): void {
    const { attributes, kind, instrumentationScope } = span
    if (attributes[NO_STATUS_SENT] === true) {
      delete attributes[NO_STATUS_SENT]
      delete attributes['http.response.status_code']
      delete attributes['http.status_text']
    }
    const errorType =
      kind === SpanKind.CLIENT && HTTP_CALLS.has(instrumentationScope.name)
        ? exceptionTypeOf(span)
        : undefined
    if (errorType !== undefined) attributes['error.type'] = errorType
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}

/** By the names of their instrumentations. */
const HTTP_CALLS: ReadonlySet<string> = new Set([
  '@opentelemetry/instrumentation-http',
  '@opentelemetry/instrumentation-undici',
])

/**
 * The code of an error, or its name where it has none, as its event has it: `error.type` of `node:http` is `Error` for
 * every fault of a connection.
 */
function exceptionTypeOf({ events }: ReadableSpan): string | undefined {
  const exception = events.findLast(({ name }) => name === 'exception')
  return exception && String(exception.attributes?.['exception.type'] ?? '_OTHER')
}
