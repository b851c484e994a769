import type { DiagLogger } from '@opentelemetry/api'

/** Messages of the tracing SDK, at `warn` and `error`, about the use of a span after its end. */
const USE_AFTER_END = /operation on ended Span|can only call end\(\) on a span once/

/**
 * Returns a logger for the API's diagnostics that logs the use of a span after its end at `debug`. The SDK logs each use
 * with a stack, but frameworks do it during normal requests (Next sets attributes on the server span after the response is
 * sent), and an operator cannot change that.
 */
export function sdkDiagnostics(log: DiagLogger): DiagLogger {
  const atDebug =
    (level: 'error' | 'warn') =>
    (message: string, ...details: unknown[]): void =>
      log[USE_AFTER_END.test(message) ? 'debug' : level](message, ...details)
  return {
    error: atDebug('error'),
    warn: atDebug('warn'),
    info: (message, ...details) => log.info(message, ...details),
    debug: (message, ...details) => log.debug(message, ...details),
    verbose: (message, ...details) => log.verbose(message, ...details),
  }
}
