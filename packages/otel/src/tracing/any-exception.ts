import type { Exception, TimeInput } from '@opentelemetry/api'
import type { Span, SpanProcessor } from '@opentelemetry/sdk-trace'

type Thrown = Partial<Record<'code' | 'name' | 'message', unknown>>

/**
 * Lets spans take whatever is thrown. An application may give up a call, or destroy a request, for any reason: a symbol,
 * an object that is no error. The SDK throws where that has no text, in a listener of an instrumentation, which ends the
 * process; and it takes the number that a `DOMException` had before there were names for its type.
 */
export class TolerateAnyException implements SpanProcessor {
  onStart(span: Span): void {
    span.recordException = recordAnyException
  }

  onEnd(): void {}

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}

function recordAnyException(this: Span, exception: unknown, time?: TimeInput): void {
  const { recordException } = Object.getPrototypeOf(this) as Span
  try {
    recordException.call(this, printable(exception), time)
  } catch {
    recordException.call(this, 'what was thrown has no text', time)
  }
}

/** What the SDK finds a type or a message in. */
function printable(exception: unknown): Exception {
  if (exception instanceof DOMException) {
    const { name, message, stack } = exception
    return { name, message, ...(stack !== undefined && { stack }) }
  }
  const { code, name, message } = Object(exception) as Thrown
  const isTold = Boolean(code) || Boolean(name) || Boolean(message)
  return isTold ? (exception as Exception) : String(exception) || 'an empty text'
}
