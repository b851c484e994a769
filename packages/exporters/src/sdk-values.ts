import type { AggregationTemporality, AggregationType, DataPointType } from '@opentelemetry/sdk-metrics'

/**
 * Values of the enumerations of sdk-metrics: types are all that is taken from there, so that a scrape loads nothing of it
 * (nor of `@opentelemetry/resources`, which opens the streams of the process when it is loaded as an ES module).
 * A test holds them against the package.
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
