import { type Exception, type Span, SpanStatusCode } from '@opentelemetry/api'
import { errorTypeOf } from '@vr/otel-instruments/internal'
import { plainException } from './tolerate-any-exception.ts'

/**
 * Makes the span of a call an error, with the `error.type` that its metric has. An abort is one too, whichever client the
 * call is made by. Never throws.
 * @param error anything: an application gives up a call for what it likes
 */
export function recordFailure(span: Span, error: unknown): void {
  const exception = plainException(error)
  span.setAttribute('error.type', errorTypeOf(error))
  span.setStatus({ code: SpanStatusCode.ERROR, ...messageOf(exception) })
  span.recordException(exception)
}

function messageOf(exception: Exception): { message?: string } {
  return typeof exception === 'string' || exception.message === undefined
    ? {}
    : { message: String(exception.message) }
}
