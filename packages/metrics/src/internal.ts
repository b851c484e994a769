/** Exports for `@vr/otel-exporters` and `@vr/otel` only: loads nothing of the provider, and may change in any version. */
export { type Clock, processClock } from './clock.ts'
export { type ExposedMetric, exposedFamily } from './engine/exposed-metric.ts'
export type { Family, FamilyExemplar, HistogramPoint, NumberPoint, SummaryPoint } from './engine/family.ts'
export { ENGINE_FETCH_HEADER } from './engine-fetch-header.ts'
export { logger, setLogger } from './logger.ts'
export {
  clearInterval,
  clearTimeout,
  epochNow,
  monotonicNow,
  processStart,
  setImmediate,
  setInterval,
  setTimeout,
} from './real-timers.ts'
export {
  AGGREGATION,
  CUMULATIVE,
  DELTA,
  EXPONENTIAL_HISTOGRAM_POINT,
  GAUGE_POINT,
  HISTOGRAM_POINT,
  SUM_POINT,
} from './sdk-values.ts'
export { runWithTracingSuppressed } from './suppress-tracing.ts'
export { UnavailableError } from './unavailable-error.ts'
export { settleWithin, TimeoutError, type TimeoutOptions, withTimeout } from './with-timeout.ts'
