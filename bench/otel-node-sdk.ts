/** What `requests.ts` loads for the variants of OpenTelemetry's own NodeSDK: http and undici, a Prometheus endpoint. */
import { createRequire, syncBuiltinESMExports } from 'node:module'

const require = createRequire(import.meta.url)
const { NodeSDK } = require('@opentelemetry/sdk-node')
const { PrometheusExporter } = require('@opentelemetry/exporter-prometheus')
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http')
const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici')

new NodeSDK({
  metricReader: new PrometheusExporter({ port: 0, preventServerStart: true }),
  instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()],
}).start()

// An ES module's node:http is only instrumented if it is required now, and its bindings are copied over.
require('node:http')
require('node:https')
syncBuiltinESMExports()
