import { type Context, context as contexts, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api'

/** Context key of `suppressTracing` in `@opentelemetry/core`, without loading that package. */
const SUPPRESS_TRACING_KEY = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

const SUPPRESSED_CONTEXT: Context = ROOT_CONTEXT.setValue(SUPPRESS_TRACING_KEY, true)

/**
 * Runs a task in a context without a span and with tracing suppressed: SDKs create no spans, and our
 * instrumentation does not measure. Otherwise an instrumentation of sockets or HTTP/2 would create spans for
 * every export, which would be exported in turn.
 */
export function runWithTracingSuppressed(task: () => void): void {
  contexts.with(SUPPRESSED_CONTEXT, task)
}
