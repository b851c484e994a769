import { type Context, createContextKey } from '@opentelemetry/api'

/** The key that `suppressTracing` of `@opentelemetry/core` sets; exporters send in such a context. */
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/** Returns whether a context suppresses tracing, as that of an exporter does. */
export function isTracingSuppressed(context: Context): boolean {
  return context.getValue(SUPPRESS_TRACING) === true
}
