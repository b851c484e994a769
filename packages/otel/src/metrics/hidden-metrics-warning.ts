import { applicationDependencies } from '../application/application-manifest.ts'
import type { Settings } from '../config/settings.ts'

/** Packages with which an application serves `/metrics` itself. */
const LIBRARIES: ReadonlySet<string> = new Set([
  '@prometheus-io/client',
  'express-prom-bundle',
  'fastify-metrics',
  'prom-client',
])

/** Default path of those packages and of their documentation. */
const USUAL_PATH = '/metrics'

/**
 * Returns a warning if the pull endpoint probably hides an endpoint of the application: it is served at the usual path of
 * the application's server, and `package.json` lists a Prometheus client library. Otherwise returns `undefined`.
 * @param entry the file that the process runs
 */
export function hiddenMetricsWarning(settings: Settings, entry: string | undefined): string | undefined {
  const { metricsPort, metricsPath } = settings
  if (metricsPort !== undefined || metricsPath !== USUAL_PATH) return undefined
  const library = applicationDependencies(entry).find((name) => LIBRARIES.has(name))
  if (library === undefined) return undefined
  return `${USUAL_PATH} of the application is probably hidden: package.json lists ${library}, and @vr/otel answers ${USUAL_PATH} with its own metrics only. Set VR_METRICS_PATH to another path, or VR_METRICS_PORT to a separate port`
}
