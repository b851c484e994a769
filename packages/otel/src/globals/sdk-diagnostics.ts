import type { DiagLogger } from '@opentelemetry/api'

/** What the tracing SDK reports, at `warn` and `error`, of code that uses a span after its end. */
const USE_AFTER_END = /operation on ended Span|can only call end\(\) on a span once/

/**
 * Returns a logger for the API's diagnostics that logs every use of a span after its end at `debug`. The SDK reports each
 * with a stack; frameworks do it in the normal course of a request (Next sets attributes on the server span once the
 * response has gone), and there is nothing an operator could do.
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
