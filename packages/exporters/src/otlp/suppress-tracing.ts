import { type Context, context as contexts, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api'

/** The key that `suppressTracing` of `@opentelemetry/core` sets; the package would be loaded for nothing else. */
const SUPPRESSED = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

const SENDING: Context = ROOT_CONTEXT.setValue(SUPPRESSED, true)

/**
 * Runs what sends telemetry in a context without a trace, in which SDKs make no spans and no instrumentation of ours
 * measures: an instrumentation of sockets or of HTTP/2 would make spans of every export, which are exported in turn.
 */
export function runWithTracingSuppressed(task: () => void): void {
  contexts.with(SENDING, task)
}
