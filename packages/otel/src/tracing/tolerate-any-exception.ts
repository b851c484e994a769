import type { Exception, TimeInput } from '@opentelemetry/api'
import type { Span, SpanProcessor } from '@opentelemetry/sdk-trace'

type Thrown = Partial<Record<'code' | 'name' | 'message' | 'stack', unknown>>

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
  recordException.call(this, plainException(exception), time)
}

/**
 * Returns a plain copy of what was thrown, with the strings and numbers that `recordException` of a span reads; a text
 * where it has none of them. Runs no code of the application later than in this call, and never throws.
 */
export function plainException(thrown: unknown): Exception {
  try {
    const { code, name, message, stack } = Object(thrown) as Thrown
    // The code of a `DOMException` is a number of the time before its name.
    const plain = printable({ code: thrown instanceof DOMException ? undefined : code, name, message })
    if (Object.keys(plain).length === 0) return String(thrown) || 'an empty text'
    return { ...plain, ...printable({ stack }) } as Exception
  } catch {
    return 'what was thrown has no text'
  }
}

function printable(thrown: Thrown): Thrown {
  const isPrintable = (value: unknown): boolean =>
    typeof value === 'number' ? value !== 0 : typeof value === 'string' && value !== ''
  return Object.fromEntries(Object.entries(thrown).filter(([, value]) => isPrintable(value)))
}
