import type { Exception, TimeInput } from '@opentelemetry/api'
import type { Span, SpanProcessor } from '@opentelemetry/sdk-trace'

type Thrown = Partial<Record<'code' | 'name' | 'message' | 'stack', unknown>>

/**
 * Makes `recordException` of every span accept any value. An application may abort a call or destroy a request with any
 * reason, such as a symbol. The SDK throws if the reason cannot be converted to a string; in a listener of an
 * instrumentation this ends the process. For a `DOMException` the SDK reports the legacy numeric code as its type.
 */
export class SafeExceptionSpanProcessor implements SpanProcessor {
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
 * Returns a plain copy of a thrown value, with the strings and numbers that `recordException` reads, as strings; a string if
 * the value has none. Getters of the value run in this call only. Never throws.
 */
export function plainException(thrown: unknown): Exception {
  try {
    const { code, name, message, stack } = Object(thrown) as Thrown
    // The legacy `code` of a `DOMException` is a number; its `name` is the type.
    const plain = printable({ code: thrown instanceof DOMException ? undefined : code, name, message })
    if (Object.keys(plain).length === 0) return String(thrown) || 'an empty string'
    return { ...plain, ...printable({ stack }) } as Exception
  } catch {
    return 'a value without a string representation'
  }
}

function printable(thrown: Thrown): Thrown {
  const isPrintable = (value: unknown): boolean =>
    typeof value === 'number' ? value !== 0 : typeof value === 'string' && value !== ''
  const entries = Object.entries(thrown).filter(([, value]) => isPrintable(value))
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}
