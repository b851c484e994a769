import { type DiagLogger, diag } from '@opentelemetry/api'

let custom: DiagLogger | undefined

const current = (): DiagLogger => custom ?? diag

/** Logger of this package: the API's `diag`, or the one set by {@link setLogger}. */
export const logger: DiagLogger = {
  error: (...args) => current().error(...args),
  warn: (...args) => current().warn(...args),
  info: (...args) => current().info(...args),
  debug: (...args) => current().debug(...args),
  verbose: (...args) => current().verbose(...args),
}

/**
 * Sets the logger of this package, for processes in which the application owns the API's `diag`.
 *
 * @param replacement `undefined` restores the API's `diag`
 */
export function setLogger(replacement: DiagLogger | undefined): void {
  custom = replacement
}
