import { type DiagLogger, diag } from '@opentelemetry/api'

let replaced: DiagLogger | undefined

const current = (): DiagLogger => replaced ?? diag

/** Where this package reports: the API's `diag`, or the logger that {@link setLogger} has put in its place. */
export const logger: DiagLogger = {
  error: (...args) => current().error(...args),
  warn: (...args) => current().warn(...args),
  info: (...args) => current().info(...args),
  debug: (...args) => current().debug(...args),
  verbose: (...args) => current().verbose(...args),
}

/**
 * Replaces the logger of this package, for a process in which the API's `diag` belongs to somebody else or to nobody.
 * @param given `undefined`: the API's `diag` again
 */
export function setLogger(given: DiagLogger | undefined): void {
  replaced = given
}
