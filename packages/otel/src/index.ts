export type { MetricEvent, StreamOutcome, ToolCallOptions, ToolType } from '@vr/otel-instruments'
export {
  metricsHandler,
  observeMcpStartup,
  observeToolCall,
  recordToolCallRequested,
  setRoute,
  setStreamOutcome,
  startOtel,
} from './api.ts'
export type { OtelOptions, OtelOptions as SettingOptions } from './config/options.ts'
export type { Settings } from './config/settings.ts'
export { healthHandler, setReady } from './health/api.ts'
export type { OtelHandle, RequestHandler } from './lifecycle/otel-handle.ts'
export type {
  Counter,
  Gauge,
  Histogram,
  MetricSnapshot,
  SnapshotFilter,
  Vector,
} from './snapshot/metric-snapshot.ts'
export {
  getMetricsSnapshot,
  metricsSnapshotHandler,
  quantile,
  rate,
} from './snapshot/read-metrics.ts'
export { type LogTraceIds, logTraceIds } from './tracing/log-correlation.ts'
