import { type DiagLogFunction, DiagLogLevel, diag } from '@opentelemetry/api'

/** Records the messages of the API's `diag` until `stop`. */
export function captureDiagnostics(): { readonly messages: string[]; stop(): void } {
  const messages: string[] = []
  const at =
    (level: string): DiagLogFunction =>
    (message) => {
      messages.push(`${level}: ${message}`)
    }
  const logger = {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    verbose: at('verbose'),
  }
  diag.setLogger(logger, { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true })
  return { messages, stop: () => diag.disable() }
}
