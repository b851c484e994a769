import { createRequire } from 'node:module'
import { logger } from '@vr/otel-metrics/internal'

/** Loads the SDK, which is needed only if tracing is enabled. */
const load = createRequire(import.meta.url)

/**
 * Logs errors of the tracing SDK at level `debug`. The SDK would log each failed export; the span processor logs each
 * outage when it starts and when it ends.
 * @returns restores the error handler of the SDK
 */
export function logSdkErrors(): () => void {
  const core = load('@opentelemetry/core') as typeof import('@opentelemetry/core')
  core.setGlobalErrorHandler((error) => logger.debug('from the tracing SDK:', error))
  return () => core.setGlobalErrorHandler(core.loggingErrorHandler())
}
