/** The code that only processes load that read metrics of engines or of prom-client; see `load-external.ts`. */
export { ExternalMetrics } from './external-metrics.ts'
export { ExternalProducers } from './producers.ts'
