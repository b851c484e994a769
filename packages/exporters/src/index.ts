export {
  type AbandonableSpanExporter,
  createOtlpGrpcTraceExporter,
  type OtlpGrpcTraceOptions,
} from './otlp/trace-grpc.ts'
export type { MetricsHandler, MetricsRequest } from './prometheus/handler.ts'
export type { TranslationStrategy } from './prometheus/naming.ts'
export { PrometheusReader, type PrometheusReaderOptions } from './prometheus/reader.ts'
export type { MetricsResponse } from './prometheus/sending.ts'
export {
  createMetricsServer,
  isMetricsServer,
  type MetricsServer,
  type MetricsServerOptions,
} from './prometheus/server.ts'
export { type SingleValue, singleValues } from './prometheus/single-values.ts'
