import { isMainThread } from 'node:worker_threads'
import type { Resource } from '@opentelemetry/resources'
import {
  createMetricsServer,
  type DeliveryStats,
  isMetricsServer,
  observeDeliveryStats,
  PrometheusReader,
  type PrometheusReaderOptions,
} from '@vr/otel-exporters'
import { SCOPE_NAME } from '@vr/otel-instruments'
import { OTEL_ONLY_PROCESS_METRICS } from '@vr/otel-instruments/internal'
import { MeterProvider } from '@vr/otel-metrics'
import { CLUSTER_REMEDY, isClusterWorker } from '../cluster/cluster-worker.ts'
import { ProcessGroup } from '../cluster/process-group.ts'
import { scrapeComplete } from '../cluster/scrape-complete.ts'
import type { Settings } from '../config/settings.ts'
import { connectExternal, type External } from '../external/connect-external.ts'
import type { ExternalMetrics } from '../external/external-metrics.ts'
import { activeContext } from '../globals/api-globals.ts'
import { createReadyHandler, liveHandler } from '../health/health-handlers.ts'
import type { Readiness } from '../health/readiness.ts'
import { WorkersCheck } from '../health/worker-readiness.ts'
import type { RequestHandler } from '../lifecycle/otel-handle.ts'
import type { StderrLogger } from '../logging/stderr-logger.ts'
import { Snapshots } from '../snapshot/snapshots.ts'
import { hiddenMetricsWarning } from './hidden-metrics-warning.ts'
import { PullEndpoint } from './pull-endpoint.ts'
import { createPushReaders } from './push-readers.ts'

/** The meter provider with its readers and exporters. */
export interface MetricsPipeline {
  readonly provider: MeterProvider
  /** Answers scrapes; `undefined` without the exporter `prometheus`. */
  readonly handler: RequestHandler | undefined
  /** `undefined` without the exporter `prometheus`. */
  readonly endpoint: PullEndpoint | undefined
  /** Destinations of pushed metrics, as text for the start line. */
  readonly destinations: readonly string[]
  /** Drops the metrics that have not been pushed; `undefined` if none are pushed. */
  readonly shutdownNow: (() => void) | undefined
  /** The processes that share their metrics with this one. */
  readonly group: ProcessGroup
  /** Reads the metrics in code, with any exporter. */
  readonly snapshots: Snapshots
  /** The metrics of engines and of prom-client; `undefined` if no setting asks for them. */
  readonly external: ExternalMetrics | undefined
}

/** Options of {@link createMetricsPipeline}. */
export interface MetricsPipelineOptions {
  readonly settings: Settings
  readonly resource: Resource
  readonly log: StderrLogger
  readonly readiness: Readiness
  /** Called once, when the pull endpoint answers scrapes: with its URL and the destinations of pushed metrics. */
  readonly onServing: (pullUrl: string, pushDestinations: readonly string[]) => void
  /** Whether requests have spans, ours or those of another SDK. */
  readonly hasSpans: boolean
  /** Delivery statistics of other signals, exposed together with those of the metrics. */
  readonly deliveryStats: readonly DeliveryStats[]
  /** Called once, when this process starts to aggregate the metrics of others. */
  readonly onAggregating: () => void
}

/** Creates the provider, and the readers and exporters of `VR_METRICS_EXPORTER`. */
export function createMetricsPipeline(options: MetricsPipelineOptions): MetricsPipeline {
  const { settings, resource, log, readiness } = options
  const isPulled = settings.metricsExporter.includes('prometheus')
  const external = connectExternal(settings, resource, {
    get isMember() {
      return group.isMember
    },
    request: (timeoutMs) => group.request(timeoutMs),
    requestAll: (timeoutMs) => group.requestAll(timeoutMs),
  })
  const pullReader = createPullReader(settings, resource, () => group.refresh(), external)
  const push = createPushReaders(settings, log, external?.producers)
  const provider = new MeterProvider({
    resource,
    readers: [pullReader, ...push.readers],
    cardinalityLimit: settings.cardinalityLimit,
    // Without spans, `always_on` would create exemplars that have no trace.
    exemplarFilter: options.hasSpans ? settings.exemplars : 'always_off',
    exemplarAttributes: settings.exemplarAttributes,
    activeContext,
    sharedMetrics: (reader) => group.sharedMetrics(reader === pullReader),
  })
  const group: ProcessGroup = new ProcessGroup({
    settings,
    resource,
    log,
    provider,
    readiness,
    onMemberServing: (url) => endpoint.endpoint?.onMemberServing(url),
    onAggregating: options.onAggregating,
    onDeposed: () => endpoint.endpoint?.closeListener(),
    onInterval: () => endpoint.endpoint?.checkServer(),
    external: external?.metrics,
  })
  group.join()
  const workers = new WorkersCheck(
    () => group.workers,
    () => endpoint.endpoint?.hasServer === true,
  )
  readiness.addCheck(() => workers.check())
  readiness.addMcpServers(() => workers.mcpServers())
  const deliveryStats = [...options.deliveryStats, ...push.deliveryStats]
  if (deliveryStats.length > 0 && settings.metricsGroups.includes('self')) {
    observeDeliveryStats(provider.getMeter(SCOPE_NAME), deliveryStats)
  }
  const endpoint = isPulled ? createEndpoint(options, pullReader, push.destinations, group) : NOT_PULLED
  return {
    provider,
    group,
    shutdownNow: push.readers.length > 0 ? push.shutdownNow : undefined,
    destinations: push.destinations,
    external: external?.metrics,
    snapshots: new Snapshots({
      collect: (timeoutMs) => pullReader.collectFamilies(timeoutMs),
      token: settings.metricsToken,
    }),
    ...endpoint,
  }
}

const NOT_PULLED = { handler: undefined, endpoint: undefined }

function createEndpoint(
  { settings, log, readiness, onServing }: MetricsPipelineOptions,
  reader: PrometheusReader,
  pushDestinations: readonly string[],
  group: ProcessGroup,
): Pick<MetricsPipeline, 'handler' | 'endpoint'> {
  const handler: RequestHandler = (request, response) => reader.handler(request, response)
  const ready = createReadyHandler(() => readiness.read())
  const endpoint = new PullEndpoint({
    settings,
    metrics: handler,
    health: liveHandler,
    ready,
    createServer: (port) =>
      createMetricsServer({
        reader,
        host: settings.metricsHost,
        port,
        path: settings.metricsPath,
        ready,
        settingNames: { host: 'VR_METRICS_HOST', port: 'VR_METRICS_PORT' },
      }),
    isMetricsServer,
    onServing: (url) => {
      onServing(url, pushDestinations)
      if (isClusterWorker() && !group.isElected) log.warn(CLUSTER_WARNING)
      const warning = hiddenMetricsWarning(settings, process.argv[1])
      if (warning !== undefined) log.warn(warning)
    },
    onMoved: logMoves(settings, log),
    onNotServing: (message) => log.warn(message),
    announce: (url) => group.announce(url),
    isThreadAlone: !isMainThread && !group.isMember,
    claim: (port) => group.claim(port),
    release: () => group.release(),
    isElected: () => group.isElected,
  })
  return { handler, endpoint }
}

const CLUSTER_WARNING = `this process is a cluster worker whose primary does not run @vr/otel: a scrape has the metrics of the one worker that answers it. ${CLUSTER_REMEDY}`

/** Warns once; a process that opens and closes many servers, such as a test runner, logs later moves at `info`. */
function logMoves({ metricsPath }: Settings, log: StderrLogger): (url: string) => void {
  let hasMoved = false
  return (url) => {
    const message = `metrics endpoint moved to ${url}: the server that answered scrapes has closed. A route ${metricsPath} of the application is not reached on the new server. Set VR_METRICS_SERVER_PORT to the port of the server that must answer, VR_METRICS_PATH to another path, or VR_METRICS_PORT for a separate port`
    if (hasMoved) log.info(message)
    else log.warn(message)
    hasMoved = true
  }
}

function createPullReader(
  settings: Settings,
  resource: Resource,
  isComplete: () => Promise<boolean | undefined>,
  external: External | undefined,
): PrometheusReader {
  return new PrometheusReader({
    metricProducers: [
      ...(settings.metricsGroups.includes('self') ? [scrapeComplete(resource, isComplete)] : []),
      ...(external === undefined ? [] : [external.producers.pulled()]),
    ],
    excludedInstruments: OTEL_ONLY_PROCESS_METRICS,
    ...(settings.metricsToken === undefined ? {} : { token: settings.metricsToken }),
    created: settings.created,
    ...constantLabels(settings),
    unlabelledScopes: settings.scopeLabels ? [] : [SCOPE_NAME],
  })
}

/** Constant labels are resource attributes; this selects them for the reader. */
function constantLabels(settings: Settings): PrometheusReaderOptions {
  const names = Object.keys(settings.constLabels)
  return names.length === 0 ? {} : { withResourceConstantLabels: new RegExp(`^(${names.join('|')})$`) }
}
