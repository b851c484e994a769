import type { ExportResult, ExportResultCode } from '@opentelemetry/core'

/** Values of the enum `ExportResultCode`, which is not imported: `@opentelemetry/core` takes time to load. */
const EXPORT_SUCCESS: ExportResultCode.SUCCESS = 0
const EXPORT_FAILED: ExportResultCode.FAILED = 1

/** Callback of `export` of the SDK's exporters. */
export type ExportCallback = (result: ExportResult) => void

/** Creates the result of an export that failed with an error, or succeeded without one. */
export function exportResult(error: Error | undefined): ExportResult {
  return error === undefined ? { code: EXPORT_SUCCESS } : { code: EXPORT_FAILED, error }
}
