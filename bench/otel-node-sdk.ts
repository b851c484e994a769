/** Preloaded by `requests.ts` for the NodeSDK variants: instruments http and undici, with a Prometheus exporter. */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { NodeSDK } = require('@opentelemetry/sdk-node')
const { PrometheusExporter } = require('@opentelemetry/exporter-prometheus')
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http')
const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici')

new NodeSDK({
  metricReader: new PrometheusExporter({ port: 0, preventServerStart: true }),
  instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()],
}).start()
