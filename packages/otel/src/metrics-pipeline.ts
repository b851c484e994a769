import type { Resource } from '@opentelemetry/resources'
import {
  createMetricsServer,
  type DeliveryStats,
  isMetricsServer,
  observeDeliveryStats,
  PrometheusReader,
  type PrometheusReaderOptions,
  staticMetricProducer,
} from '@vr/otel-exporters'
import { SCOPE_NAME } from '@vr/otel-instruments'
import { OTEL_ONLY_PROCESS_METRICS, PROMETHEUS_PROCESS_METRICS } from '@vr/otel-instruments/internal'
import { MeterProvider } from '@vr/otel-metrics'
import { hiddenMetricsWarning } from './application-metrics.ts'
import { isClusterWorker } from './cluster-worker.ts'
import type { Settings } from './config/settings.ts'
import { activeContext } from './existing-sdk.ts'
import { healthHandler } from './health-handler.ts'
import type { RequestHandler } from './instance.ts'
import { PullEndpoint } from './pull-endpoint.ts'
import { createPush } from './push.ts'
import type { Report } from './report.ts'

/** Where metrics are remembered, and how a scrape gets them. */
export interface MetricsPipeline {
  readonly provider: MeterProvider
  /** `undefined` where nothing is pulled. */
  readonly handler: RequestHandler | undefined
  /** `undefined` where nothing is pulled. */
  readonly endpoint: PullEndpoint | undefined
  /** Where metrics are pushed to, for people. */
  readonly destinations: readonly string[]
  /** Gives up what has not been pushed; `undefined` where nothing is. */
  readonly shutdownNow: (() => void) | undefined
}

/** What {@link createMetricsPipeline} is given. */
export interface PipelineParts {
  readonly settings: Settings
  readonly resource: Resource
  readonly report: Report
  /** Told once: where a scrape is answered, and where metrics are pushed to. */
  readonly onServing: (where: string, pushedTo: readonly string[]) => void
  /** Whether somebody puts spans around requests. */
  readonly hasSpans: boolean
  /** Delivery statistics of other signals, exposed with those of the metrics. */
  readonly deliveryStats: readonly DeliveryStats[]
}

/** Makes the pipeline that the settings ask for. */
export function createMetricsPipeline(parts: PipelineParts): MetricsPipeline {
  const { settings, resource, report } = parts
  const isPulled = settings.metricsExporter.includes('prometheus')
  const scraped = isPulled ? createReader(settings, resource) : undefined
  const push = createPush(settings, report)
  const provider = new MeterProvider({
    resource,
    readers: scraped === undefined ? push.readers : [scraped, ...push.readers],
    cardinalityLimit: settings.cardinalityLimit,
    // `always_on` would show values without a trace where there are no spans.
    exemplarFilter: parts.hasSpans ? settings.exemplars : 'always_off',
    exemplarAttributes: settings.exemplarAttributes,
    activeContext,
  })
  const deliveryStats = [...parts.deliveryStats, ...push.deliveryStats]
  if (deliveryStats.length > 0 && settings.metricsGroups.includes('self')) {
    observeDeliveryStats(provider.getMeter(SCOPE_NAME), deliveryStats)
  }
  const pushed = {
    provider,
    shutdownNow: push.readers.length > 0 ? push.shutdownNow : undefined,
    destinations: push.destinations,
  }
  return {
    ...pushed,
    ...(scraped === undefined ? NOT_PULLED : createEndpoint(parts, scraped, push.destinations)),
  }
}

const NOT_PULLED = { handler: undefined, endpoint: undefined }

function createEndpoint(
  { settings, report, onServing }: PipelineParts,
  reader: PrometheusReader,
  pushedTo: readonly string[],
): Pick<MetricsPipeline, 'handler' | 'endpoint'> {
  const handler: RequestHandler = (request, response) => reader.handler(request, response)
  const endpoint = new PullEndpoint({
    settings,
    metrics: handler,
    health: healthHandler,
    createServer: (port) =>
      createMetricsServer({ reader, host: settings.metricsHost, port, path: settings.metricsPath }),
    isOurs: isMetricsServer,
    onServing: (where) => {
      onServing(where, pushedTo)
      if (isClusterWorker()) report.warn('a scrape that this cluster worker answers has its own metrics only')
      const warning = hiddenMetricsWarning(settings, process.argv[1])
      if (warning !== undefined) report.warn(warning)
    },
    onMoved: reportMoves(settings, report),
    onNotServing: (why) => report.warn(why),
  })
  return { handler, endpoint }
}

/** A process that opens and closes many servers, such as a test runner, gets one warning. */
function reportMoves({ metricsPath }: Settings, report: Report): (where: string) => void {
  let hasMoved = false
  return (where) => {
    const message = `metrics are at ${where} now: the server that answered scrapes has closed. A route of the application's own at ${metricsPath} is not reached there; set VR_METRICS_SERVER_PORT to the port of the one server that should answer, VR_METRICS_PATH to another path, or VR_METRICS_PORT to serve metrics on a port of their own`
    if (hasMoved) report.info(message)
    else report.warn(message)
    hasMoved = true
  }
}

function createReader(settings: Settings, resource: Resource): PrometheusReader {
  const hasProcess = settings.metricsGroups.includes('process')
  return new PrometheusReader({
    metricProducers: hasProcess
      ? [staticMetricProducer(resource, SCOPE_NAME, PROMETHEUS_PROCESS_METRICS)]
      : [],
    excludedInstruments: OTEL_ONLY_PROCESS_METRICS,
    ...(settings.metricsToken === undefined ? {} : { token: settings.metricsToken }),
    created: settings.created,
    ...constLabels(settings),
    unlabelledScopes: settings.scopeLabels ? [] : [SCOPE_NAME],
  })
}

/** Constant labels are attributes of the resource; the reader is told which of them. */
function constLabels(settings: Settings): PrometheusReaderOptions {
  const names = Object.keys(settings.constLabels)
  return names.length === 0 ? {} : { withResourceConstantLabels: new RegExp(`^(${names.join('|')})$`) }
}
