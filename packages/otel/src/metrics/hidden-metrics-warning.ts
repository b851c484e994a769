import { applicationDependencies } from '../application/application-manifest.ts'
import type { Settings } from '../config/settings.ts'

/** Packages with which applications answer scrapes of `/metrics` themselves. */
const LIBRARIES: ReadonlySet<string> = new Set([
  '@prometheus-io/client',
  'express-prom-bundle',
  'fastify-metrics',
  'prom-client',
])

/** Where those packages, and their documentation, put the endpoint. */
const USUAL_PATH = '/metrics'

/**
 * Returns a warning for people where the pull endpoint probably hides one of the application: the application's own server
 * answers it on the usual path, and the application depends on a client library of Prometheus. `undefined` otherwise.
 * @param entry the file that the process runs
 */
export function hiddenMetricsWarning(settings: Settings, entry: string | undefined): string | undefined {
  const { metricsPort, metricsPath } = settings
  if (metricsPort !== undefined || metricsPath !== USUAL_PATH) return undefined
  const library = applicationDependencies(entry).find((name) => LIBRARIES.has(name))
  if (library === undefined) return undefined
  return `the application's own ${USUAL_PATH} is not reached: package.json names ${library}, and scrapes of ${USUAL_PATH} get the metrics of @vr/otel alone. Set VR_METRICS_PATH to another path, or VR_METRICS_PORT to serve them on a port of their own`
}
