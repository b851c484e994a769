import type { DiagLogger } from '@opentelemetry/api'
import { writeToStderr } from './stderr.ts'

/** How much is said, from nothing to everything. */
export type LogLevel = 'none' | 'error' | 'warn' | 'info' | 'debug' | 'verbose' | 'all'

const LEVELS: readonly LogLevel[] = ['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all']

/**
 * Says things to people: always on stderr, since the stdout of an application may be a protocol. Serves as the
 * logger of OpenTelemetry's diagnostics too.
 */
export class Report implements DiagLogger {
  readonly #level: number
  readonly #write: (line: string) => void

  constructor(level: LogLevel, write: (line: string) => void = writeToStderr) {
    this.#level = LEVELS.indexOf(level)
    this.#write = write
  }

  /** The one line that tells what was started; not said at level `error` and `none`. */
  start(message: string): void {
    if (this.#level >= LEVELS.indexOf('warn')) this.#write(`@vr/otel: ${message}\n`)
  }

  error(message: string, ...details: unknown[]): void {
    this.#say('error', message, details)
  }

  warn(message: string, ...details: unknown[]): void {
    this.#say('warn', message, details)
  }

  info(message: string, ...details: unknown[]): void {
    this.#say('info', message, details)
  }

  debug(message: string, ...details: unknown[]): void {
    this.#say('debug', message, details)
  }

  verbose(message: string, ...details: unknown[]): void {
    this.#say('verbose', message, details)
  }

  #say(level: LogLevel, message: string, details: readonly unknown[]): void {
    if (LEVELS.indexOf(level) > this.#level) return
    const all = [message, ...details.map(printDetail)].join(' ')
    this.#write(`@vr/otel ${level}: ${all.replaceAll('\n', '\n  ')}\n`)
  }
}

function printDetail(detail: unknown): string {
  if (detail instanceof Error) return detail.stack ?? detail.message
  try {
    return typeof detail === 'string' ? detail : JSON.stringify(detail)
  } catch {
    return String(detail)
  }
}
