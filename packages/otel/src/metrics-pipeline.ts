import type { Resource } from '@opentelemetry/resources'
import {
  createMetricsServer,
  isMetricsServer,
  PrometheusReader,
  type PrometheusReaderOptions,
  singleValues,
} from '@vr/otel-exporters'
import { SCOPE_NAME } from '@vr/otel-instruments'
import { PROCESS_IN_SCRAPES, PROCESS_NOT_IN_SCRAPES } from '@vr/otel-instruments/adapters'
import { MeterProvider } from '@vr/otel-metrics'
import type { Settings } from './config/settings.ts'
import { healthHandler } from './health-handler.ts'
import type { RequestHandler } from './instance.ts'
import { activeContext } from './neighbours.ts'
import { PullEndpoint } from './pull-endpoint.ts'

/** Where metrics are remembered, and how a scrape gets them. */
export interface MetricsPipeline {
  readonly provider: MeterProvider
  /** `undefined` where nothing is pulled. */
  readonly handler: RequestHandler | undefined
  /** `undefined` where nothing is pulled. */
  readonly endpoint: PullEndpoint | undefined
}

/**
 * Makes the pipeline that the settings ask for.
 * @param onServing told once: where a scrape is answered
 */
export function createMetricsPipeline(
  settings: Settings,
  resource: Resource,
  onServing: (where: string) => void,
): MetricsPipeline {
  const reader = settings.metricsExporter.includes('prometheus')
    ? createReader(settings, resource)
    : undefined
  const provider = new MeterProvider({
    resource,
    readers: reader === undefined ? [] : [reader],
    cardinalityLimit: settings.cardinalityLimit,
    exemplarFilter: settings.exemplars,
    exemplarAttributes: settings.exemplarAttributes,
    activeContext,
  })
  if (reader === undefined) return { provider, handler: undefined, endpoint: undefined }
  const handler: RequestHandler = (request, response) => reader.handler(request, response)
  const endpoint = new PullEndpoint({
    settings,
    metrics: handler,
    health: healthHandler,
    createServer: (port) =>
      createMetricsServer({ reader, host: settings.metricsHost, port, path: settings.metricsPath }),
    isOurs: isMetricsServer,
    onServing,
  })
  return { provider, handler, endpoint }
}

function createReader(settings: Settings, resource: Resource): PrometheusReader {
  const hasProcess = settings.metricsGroups.includes('process')
  return new PrometheusReader({
    metricProducers: hasProcess ? [singleValues(resource, SCOPE_NAME, PROCESS_IN_SCRAPES)] : [],
    leaveOut: PROCESS_NOT_IN_SCRAPES,
    ...(settings.metricsToken === undefined ? {} : { token: settings.metricsToken }),
    created: settings.created,
    ...constLabels(settings),
    plainScopes: settings.scopeLabels ? [] : [SCOPE_NAME],
  })
}

/** Constant labels are attributes of the resource; the reader is told which of them. */
function constLabels(settings: Settings): PrometheusReaderOptions {
  const names = Object.keys(settings.constLabels)
  return names.length === 0 ? {} : { withResourceConstantLabels: new RegExp(`^(${names.join('|')})$`) }
}
