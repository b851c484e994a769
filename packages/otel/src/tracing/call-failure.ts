import { type Exception, type Span, SpanStatusCode } from '@opentelemetry/api'
import { errorTypeOf } from '@vr/otel-instruments/internal'
import { plainException } from './safe-exception-span-processor.ts'

/**
 * Sets the status of a client span to error, with the `error.type` of the call's metric. An abort is an error too, for every
 * client. Never throws.
 * @param error any value: it may be the reason of an abort
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
