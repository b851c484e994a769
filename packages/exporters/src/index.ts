export { setLogger } from '@vr/otel-metrics/internal'
export { ConsoleMetricExporter, type ConsoleMetricExporterOptions } from './console/console-exporter.ts'
export { DELIVERY_METRIC_DEFINITIONS, observeDeliveryStats } from './otlp/delivery-metrics.ts'
export {
  type DeliveryCounts,
  DeliveryStats,
  type DropReason,
  type Signal,
} from './otlp/delivery-stats.ts'
export {
  createOtlpMetricExporter,
  type OtlpMetricExporter,
  type OtlpMetricExporterOptions,
} from './otlp/metric-exporter.ts'
export type {
  ImmediateShutdown,
  OtlpConnectionOptions,
  OtlpOptions,
  OtlpProtocol,
} from './otlp/options.ts'
export { isReservedHeader } from './otlp/reserved-headers.ts'
export type { FailureCategory } from './otlp/send-outcome.ts'
export { createOtlpSpanExporter } from './otlp/span-exporter.ts'
export {
  createOtlpSpanProcessor,
  type OtlpSpanProcessor,
  type OtlpSpanProcessorOptions,
} from './otlp/span-processor.ts'
export type { TemporalityPreference } from './otlp/temporality.ts'
export type { Log } from './outage.ts'
export { createTokenCheck, type TokenCheck } from './prometheus/http/bearer-token.ts'
export type { MetricsHandler, MetricsRequest } from './prometheus/http/handler.ts'
export type { MetricsResponse } from './prometheus/http/respond.ts'
export {
  createMetricsServer,
  isMetricsServer,
  type MetricsServer,
  type MetricsServerOptions,
} from './prometheus/http/server.ts'
export {
  type InstrumentKind,
  type NamedInstrument,
  type NamingSettings,
  prometheusMetricName,
  type TranslationStrategy,
} from './prometheus/naming/metric-name.ts'
export { PrometheusReader, type PrometheusReaderOptions } from './prometheus/reader.ts'
export type {
  CollectedFamily,
  HistogramSeries,
  NumberSeries,
} from './prometheus/text/collected-families.ts'
export { PeriodicReader, type PeriodicReaderOptions } from './push/periodic-reader.ts'
