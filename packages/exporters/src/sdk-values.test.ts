import { ExportResultCode } from '@opentelemetry/core'
import { AggregationTemporality, AggregationType, DataPointType } from '@opentelemetry/sdk-metrics'
import { expect, it } from 'vitest'
import * as values from './sdk-values.ts'

it('has the values of the enumerations of the SDK', () => {
  expect({ ...values }).toEqual({
    HISTOGRAM: DataPointType.HISTOGRAM,
    EXPONENTIAL_HISTOGRAM: DataPointType.EXPONENTIAL_HISTOGRAM,
    GAUGE: DataPointType.GAUGE,
    SUM: DataPointType.SUM,
    CUMULATIVE: AggregationTemporality.CUMULATIVE,
    DELTA: AggregationTemporality.DELTA,
    DEFAULT_AGGREGATION: AggregationType.DEFAULT,
    EXPORT_SUCCESS: ExportResultCode.SUCCESS,
    EXPORT_FAILED: ExportResultCode.FAILED,
  })
})
