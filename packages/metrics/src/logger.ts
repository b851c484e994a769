import { type DiagLogger, diag } from '@opentelemetry/api'

let replacement: DiagLogger | undefined

const current = (): DiagLogger => replacement ?? diag

/** Logger of the metrics, exporters and otel packages: the API's `diag`, or the logger given to {@link setLogger}. */
export const logger: DiagLogger = {
  error: (...args) => current().error(...args),
  warn: (...args) => current().warn(...args),
  info: (...args) => current().info(...args),
  debug: (...args) => current().debug(...args),
  verbose: (...args) => current().verbose(...args),
}

/**
 * Replaces the logger of these packages. Use it in a process where the API's `diag` is not registered, or belongs to
 * another SDK.
 * @param log `undefined` restores the API's `diag`
 */
export function setLogger(log: DiagLogger | undefined): void {
  replacement = log
}
