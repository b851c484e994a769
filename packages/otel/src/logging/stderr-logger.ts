import type { DiagLogger } from '@opentelemetry/api'
import { writeToStderr } from './write-to-stderr.ts'

const LEVELS = ['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'] as const

/** The most detailed level that is logged. */
export type LogLevel = (typeof LEVELS)[number]

/**
 * Logs to stderr, never to stdout: an application's stdout may carry a protocol. Used for messages of this package and
 * for OpenTelemetry's diagnostics.
 */
export class StderrLogger implements DiagLogger {
  readonly #level: number
  readonly #write: (line: string) => void

  constructor(level: LogLevel, write: (line: string) => void = writeToStderr) {
    this.#level = LEVELS.indexOf(level)
    this.#write = write
  }

  /** Writes the start line, unless the level is `error` or `none`. */
  startLine(line: string): void {
    if (this.#level >= LEVELS.indexOf('warn')) this.#write(`@vr/otel ${line}\n`)
  }

  error(message: string, ...details: unknown[]): void {
    this.#log('error', message, details)
  }

  warn(message: string, ...details: unknown[]): void {
    this.#log('warn', message, details)
  }

  info(message: string, ...details: unknown[]): void {
    this.#log('info', message, details)
  }

  debug(message: string, ...details: unknown[]): void {
    this.#log('debug', message, details)
  }

  verbose(message: string, ...details: unknown[]): void {
    this.#log('verbose', message, details)
  }

  #log(level: LogLevel, message: string, details: readonly unknown[]): void {
    if (LEVELS.indexOf(level) > this.#level) return
    const text = [message, ...details.map(formatDetail)].join(' ')
    this.#write(`@vr/otel ${level}: ${text.replaceAll('\n', '\n  ')}\n`)
  }
}

function formatDetail(detail: unknown): string {
  if (detail instanceof Error) return detail.stack ?? detail.message
  try {
    return typeof detail === 'string' ? detail : JSON.stringify(detail)
  } catch {
    return String(detail)
  }
}
