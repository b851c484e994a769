import type { ExportResult } from '@opentelemetry/core'

/** Who is told how an export ended. */
export type ExportCallback = (result: ExportResult) => void

/** `ExportResultCode.SUCCESS` and `FAILED`, whose module would be loaded for two numbers. */
const SUCCESS = 0
const FAILED = 1

/** The result of an export that ended with this error, or with none. */
export function exportResult(error: Error | undefined): ExportResult {
  return error === undefined ? { code: SUCCESS } : { code: FAILED, error }
}
