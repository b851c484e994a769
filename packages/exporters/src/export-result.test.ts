import { ExportResultCode } from '@opentelemetry/core'
import { expect, it } from 'vitest'
import { exportResult } from './export-result.ts'

it('has the codes of the enum of @opentelemetry/core', () => {
  const error = new Error('refused')
  expect(exportResult(undefined)).toEqual({ code: ExportResultCode.SUCCESS })
  expect(exportResult(error)).toEqual({ code: ExportResultCode.FAILED, error })
})
