import { type Span, SpanStatusCode } from '@opentelemetry/api'
import { errorTypeOf } from '@vr/otel-instruments/adapters'

/**
 * Makes the span of a call an error, with the `error.type` that its metric has. An abort is one too, whichever client the
 * call is made by.
 * @param error anything: an application gives up a call for what it likes
 */
export function recordFailure(span: Span, error: unknown): void {
  span.setAttribute('error.type', errorTypeOf(error))
  span.setStatus({ code: SpanStatusCode.ERROR, ...messageOf(error) })
  span.recordException(error as Error)
}

function messageOf(error: unknown): { message?: string } {
  try {
    const { message } = Object(error) as { readonly message?: unknown }
    return typeof message === 'string' ? { message } : {}
  } catch {
    return {} // a getter of the application has thrown
  }
}
