// The application's own OpenTelemetry SDK, 2.x, set up for ES modules as its documentation describes.
import { register } from 'node:module'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import * as metrics from '@opentelemetry/sdk-metrics'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url)

export const spans = new InMemorySpanExporter()
export const measurements = new metrics.InMemoryMetricExporter(metrics.AggregationTemporality.CUMULATIVE)
export const reader = new metrics.PeriodicExportingMetricReader({ exporter: measurements })

new NodeSDK({
  instrumentations: [new HttpInstrumentation()],
  metricReaders: [reader],
  spanProcessors: [new SimpleSpanProcessor(spans)],
}).start()
