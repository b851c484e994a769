import type { ExportResultCode } from '@opentelemetry/core'
import type { AggregationTemporality, AggregationType, DataPointType } from '@opentelemetry/sdk-metrics'

/**
 * Values of the SDK's enumerations. Importing the enumerations would load the whole packages, and
 * `@opentelemetry/resources` with them, which opens the standard streams of the process when it is loaded as an ES
 * module. A test compares the values with the packages.
 */
export const HISTOGRAM = 0 as DataPointType.HISTOGRAM
/** See {@link HISTOGRAM}. */
export const EXPONENTIAL_HISTOGRAM = 1 as DataPointType.EXPONENTIAL_HISTOGRAM
/** See {@link HISTOGRAM}. */
export const GAUGE = 2 as DataPointType.GAUGE
/** See {@link HISTOGRAM}. */
export const SUM = 3 as DataPointType.SUM
/** See {@link HISTOGRAM}. */
export const CUMULATIVE = 1 as AggregationTemporality.CUMULATIVE
/** See {@link HISTOGRAM}. */
export const DELTA = 0 as AggregationTemporality.DELTA
/** See {@link HISTOGRAM}. */
export const DEFAULT_AGGREGATION = 0 as AggregationType.DEFAULT
/** See {@link HISTOGRAM}. */
export const EXPORT_SUCCESS = 0 as ExportResultCode.SUCCESS
/** See {@link HISTOGRAM}. */
export const EXPORT_FAILED = 1 as ExportResultCode.FAILED
