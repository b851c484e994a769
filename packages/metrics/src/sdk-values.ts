/**
 * Values of OpenTelemetry's enums, typed by them. The enum objects are not imported: `@opentelemetry/sdk-metrics` takes time to
 * load, and loads `@opentelemetry/resources`, which opens the standard streams of the process. A test compares the values.
 */
import type { ValueType } from '@opentelemetry/api'
import type { AggregationTemporality, AggregationType, DataPointType } from '@opentelemetry/sdk-metrics'

/** The value type of integers. */
export const INT: ValueType.INT = 0
/** The value type of floating-point numbers. */
export const DOUBLE: ValueType.DOUBLE = 1

/** The temporality of values since the start of the series. */
export const CUMULATIVE: AggregationTemporality.CUMULATIVE = 1
/** The temporality of values since the last collection. */
export const DELTA: AggregationTemporality.DELTA = 0

/** The data point type of histograms with explicit bucket boundaries. */
export const HISTOGRAM_POINT: DataPointType.HISTOGRAM = 0
/** The data point type of exponential histograms. */
export const EXPONENTIAL_HISTOGRAM_POINT: DataPointType.EXPONENTIAL_HISTOGRAM = 1
/** The data point type of gauges. */
export const GAUGE_POINT: DataPointType.GAUGE = 2
/** The data point type of counters and up-down counters. */
export const SUM_POINT: DataPointType.SUM = 3

/** All aggregation types, by name. */
export const AGGREGATION = {
  DEFAULT: 0 satisfies AggregationType.DEFAULT,
  DROP: 1 satisfies AggregationType.DROP,
  SUM: 2 satisfies AggregationType.SUM,
  LAST_VALUE: 3 satisfies AggregationType.LAST_VALUE,
  EXPLICIT_BUCKET_HISTOGRAM: 4 satisfies AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
  EXPONENTIAL_HISTOGRAM: 5 satisfies AggregationType.EXPONENTIAL_HISTOGRAM,
} as const
