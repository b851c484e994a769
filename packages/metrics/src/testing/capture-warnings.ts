import { DiagLogLevel, diag } from '@opentelemetry/api'
import { afterEach, beforeEach } from 'vitest'

/**
 * Captures the warnings and errors of each test of the file. Returns a function that gives those of the current test.
 */
export function captureWarnings(): () => readonly string[] {
  let warnings: string[] = []
  const log = (message: string) => warnings.push(message)
  beforeEach(() => {
    warnings = []
    diag.setLogger({ error: log, warn: log, info: log, debug: log, verbose: log }, DiagLogLevel.WARN)
  })
  afterEach(() => diag.disable())
  return () => warnings
}
