import { type DiagLogger, diag } from '@opentelemetry/api'

let replaced: DiagLogger | undefined

const current = (): DiagLogger => replaced ?? diag

/** Logger of this package: `diag` of the API, or the logger that was set with {@link setLogger}. */
export const logger: DiagLogger = {
  error: (...args) => current().error(...args),
  warn: (...args) => current().warn(...args),
  info: (...args) => current().info(...args),
  debug: (...args) => current().debug(...args),
  verbose: (...args) => current().verbose(...args),
}

/**
 * Replaces the logger of this package, for a process in which `diag` has no logger, or one of another SDK.
 * @param given `undefined` restores `diag`
 */
export function setLogger(given: DiagLogger | undefined): void {
  replaced = given
}
