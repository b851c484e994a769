// The application's own OpenTelemetry SDK, 2.x, set up for CommonJS as its documentation describes.
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http')
const metrics = require('@opentelemetry/sdk-metrics')
const { NodeSDK } = require('@opentelemetry/sdk-node')
const { InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-node')

const spans = new InMemorySpanExporter()
const measurements = new metrics.InMemoryMetricExporter(metrics.AggregationTemporality.CUMULATIVE)
const reader = new metrics.PeriodicExportingMetricReader({ exporter: measurements })

new NodeSDK({
  instrumentations: [new HttpInstrumentation()],
  metricReaders: [reader],
  spanProcessors: [new SimpleSpanProcessor(spans)],
}).start()

module.exports = { measurements, reader, spans }
