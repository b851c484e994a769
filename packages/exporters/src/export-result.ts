import type { ExportResult } from '@opentelemetry/core'
import { EXPORT_FAILED, EXPORT_SUCCESS } from './sdk-values.ts'

/** Callback of `export` of the SDK's exporters. */
export type ExportCallback = (result: ExportResult) => void

/** Creates the result of an export that failed with an error, or succeeded without one. */
export function exportResult(error: Error | undefined): ExportResult {
  return error === undefined ? { code: EXPORT_SUCCESS } : { code: EXPORT_FAILED, error }
}
