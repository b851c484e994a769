import { ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  AggregationType,
  DataPointType,
  InstrumentType,
} from '@opentelemetry/sdk-metrics'
import { expect, it } from 'vitest'
import * as values from './sdk-values.ts'

it('has the values of the enums of the API and of sdk-metrics', () => {
  expect({ ...values }).toEqual({
    INT: ValueType.INT,
    DOUBLE: ValueType.DOUBLE,
    CUMULATIVE: AggregationTemporality.CUMULATIVE,
    DELTA: AggregationTemporality.DELTA,
    HISTOGRAM_POINT: DataPointType.HISTOGRAM,
    EXPONENTIAL_HISTOGRAM_POINT: DataPointType.EXPONENTIAL_HISTOGRAM,
    GAUGE_POINT: DataPointType.GAUGE,
    SUM_POINT: DataPointType.SUM,
    AGGREGATION: Object.fromEntries(
      Object.entries(AggregationType).filter(([name]) => Number.isNaN(Number(name))),
    ),
  })
})

it('uses the instrument type names of sdk-metrics', () => {
  const types = ['COUNTER', 'GAUGE', 'HISTOGRAM', 'UP_DOWN_COUNTER', 'OBSERVABLE_COUNTER', 'OBSERVABLE_GAUGE']
  expect(Object.values(InstrumentType).sort()).toEqual([...types, 'OBSERVABLE_UP_DOWN_COUNTER'].sort())
})
