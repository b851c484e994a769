import { isMainThread } from 'node:worker_threads'
import { createNoopMeter, type MeterProvider } from '@opentelemetry/api'
import { GatewayInstruments, setLogger as setInstrumentsLogger } from '@vr/otel-instruments'
import {
  observeProcess,
  observePrometheusProcess,
  type ProcessObservation,
} from '@vr/otel-instruments/adapters'
import { BUCKET_FAMILIES, endWrittenResponses } from '@vr/otel-instruments/internal'
import { setLogger } from '@vr/otel-metrics'
import { instrumentApplication } from './application/instrument-application.ts'
import { bucketsOf } from './config/bucket-settings.ts'
import type { Settings } from './config/settings.ts'
import { type WrittenEvents, writeMetricEvents } from './events/write-metric-events.ts'
import { activeContext } from './globals/api-globals.ts'
import { registerGlobals } from './globals/register-globals.ts'
import { createReadyHandler, liveHandler } from './health/health-handlers.ts'
import { Readiness } from './health/readiness.ts'
import { watchEngines } from './health/watch-engines.ts'
import { watchReadiness } from './health/watch-readiness.ts'
import { type ExitFlush, flushOnExit } from './lifecycle/flush-on-exit.ts'
import { createHandle, flush, shutdownNow } from './lifecycle/handle.ts'
import { setInstance } from './lifecycle/instance.ts'
import type { OtelHandle } from './lifecycle/otel-handle.ts'
import { formatStartLine } from './logging/start-line.ts'
import type { StderrLogger } from './logging/stderr-logger.ts'
import { yieldGenAiMetrics } from './metrics/genai-duplicates.ts'
import { createMetricsPipeline, type MetricsPipeline } from './metrics/pipeline.ts'
import { createResource } from './resource.ts'
import { logSdkErrors } from './tracing/sdk-errors.ts'
import { startTracing, type Tracing } from './tracing/start-tracing.ts'
import { VERSION } from './version.ts'

/** The provider of a process without metrics. */
export const NOOP_METER_PROVIDER: MeterProvider = { getMeter: () => createNoopMeter() }

/** How telemetry is started: with `--import`, or by `startOtel()`. */
export type Caller = 'flag' | 'code'

/** One start: its steps in the order in which the parts need each other. */
export class StartSequence {
  readonly #settings: Settings
  /** Why the API's globals are not registered; `undefined` if they are. */
  readonly #globalsOwner: string | undefined
  readonly #log: StderrLogger
  readonly #caller: Caller
  /** Undo the steps that are done; called in reverse order. */
  readonly #cleanups: (() => void)[] = []
  #tracing: Tracing | undefined
  #metrics: MetricsPipeline | undefined
  #exitFlush: ExitFlush | undefined
  #instruments: GatewayInstruments | undefined
  #events: WrittenEvents | undefined
  #process: ProcessObservation | undefined
  readonly #readiness = new Readiness()
  readonly #readyHandler = createReadyHandler(() => this.#readiness.read())

  constructor(settings: Settings, globalsOwner: string | undefined, log: StderrLogger, caller: Caller) {
    this.#settings = settings
    this.#globalsOwner = globalsOwner
    this.#log = log
    this.#caller = caller
  }

  /** @throws Error of a step that fails, after the steps before it are undone */
  run(): OtelHandle {
    try {
      this.#setLoggers()
      const resource = createResource(this.#settings)
      if (this.#settings.tracingEnabled && this.#globalsOwner === undefined) this.#startTracing(resource)
      if (this.#settings.metricsEnabled) this.#createMetricsPipeline(resource)
      if (this.#globalsOwner === undefined) this.#registerGlobals()
      this.#writeMetricEvents()
      this.#flushOnExit()
      this.#createInstruments()
      this.#cleanups.push(watchReadiness(this.#readiness, this.#instruments))
      this.#instrumentApplication()
      this.#observeProcess()
      this.#openEndpoint()
      return this.#publish()
    } catch (error) {
      void this.#createHandle().shutdown(0)
      throw error
    }
  }

  /** Makes all packages log to stderr, whether or not the API's globals are registered. */
  #setLoggers(): void {
    setInstrumentsLogger(this.#log)
    setLogger(this.#log)
    this.#cleanups.push(() => {
      setInstrumentsLogger(undefined)
      setLogger(undefined)
    })
  }

  #startTracing(resource: ReturnType<typeof createResource>): void {
    this.#cleanups.push(logSdkErrors())
    this.#tracing = startTracing(this.#settings, resource, this.#log)
  }

  #createMetricsPipeline(resource: ReturnType<typeof createResource>): void {
    this.#metrics = createMetricsPipeline({
      settings: this.#settings,
      resource,
      log: this.#log,
      readiness: this.#readiness,
      onServing: (pullUrl, pushDestinations) => this.#logStart(pullUrl, pushDestinations),
      hasSpans: this.#hasSpans,
      deliveryStats: this.#tracing?.deliveryStats ?? [],
      onAggregating: () => this.#exitFlush?.handleSignals(),
    })
    this.#cleanups.push(
      () => this.#metrics?.group.stop(),
      () => this.#metrics?.snapshots.stop(),
      watchEngines(this.#readiness, this.#settings, this.#metrics.external),
    )
  }

  #registerGlobals(): void {
    const { logLevel } = this.#settings
    this.#cleanups.push(registerGlobals(this.#log, logLevel, this.#metrics?.provider, this.#tracing))
  }

  #writeMetricEvents(): void {
    this.#events = writeMetricEvents(this.#settings, this.#metrics?.provider, this.#log)
    this.#cleanups.push(() => this.#events?.stop())
  }

  /**
   * Flushes before the process ends. Listening for signals starts with the first data to flush: the first sampled span, or
   * for metrics that are pushed, to a collector or to another process, and for metric events, the first request or the first worker.
   */
  #flushOnExit(): void {
    const [metrics, tracing, events] = [this.#metrics, this.#tracing, this.#events?.writer]
    const spanStats = tracing?.deliveryStats ?? []
    const isPushed = metrics?.group.isPushed === true
    const isExported = spanStats.length > 0 || metrics?.shutdownNow !== undefined || isPushed
    if (!isExported && events === undefined) return
    const exitFlush = flushOnExit({
      flush: () => flush(metrics, tracing, events),
      shutdownNow: () => shutdownNow(metrics, tracing),
      atExit: () => {
        if (metrics?.group.isPushed !== true && events === undefined) return
        endWrittenResponses()
        if (metrics?.group.isPushed === true) metrics.group.pushAtExit()
        events?.flushSync()
      },
    })
    for (const stats of spanStats) stats.onFirstCreated = () => exitFlush.handleSignals()
    this.#cleanups.push(() => exitFlush.stop())
    this.#exitFlush = exitFlush
  }

  #createInstruments(): void {
    if (this.#metrics === undefined && this.#tracing === undefined) return
    this.#instruments = new GatewayInstruments({
      meterProvider: this.#meterProvider,
      prefix: this.#settings.metricsPrefix,
      llamaStackPrefix: this.#settings.llamaStackPrefix,
      groups: this.#settings.metricsGroups,
      genAiConventions: this.#settings.semconvOptIn.includes('gen_ai_latest_experimental')
        ? 'latest'
        : 'released',
      knownMethods: this.#settings.knownMethods,
      ...(this.#settings.routes === undefined ? {} : { routes: this.#settings.routes }),
      buckets: bucketsOf(this.#settings, BUCKET_FAMILIES),
      activeContext,
    })
    const { genai } = this.#instruments
    if (this.#metrics !== undefined && genai !== undefined && !this.#settings.genAiDuplicates)
      this.#cleanups.push(yieldGenAiMetrics(this.#metrics.provider, genai, this.#log))
  }

  #instrumentApplication(): void {
    if (this.#instruments === undefined) return
    const isPushed = this.#metrics?.shutdownNow !== undefined || this.#metrics?.group.isPushed === true
    const exitFlush = isPushed || this.#events !== undefined ? this.#exitFlush : undefined
    this.#cleanups.push(
      instrumentApplication({
        settings: this.#settings,
        instruments: this.#instruments,
        endpoint: this.#metrics?.endpoint,
        health: { health: liveHandler, ready: this.#readyHandler },
        tracing: this.#tracing,
        hasSpans: this.#hasSpans,
        onRequest: () => this.#process?.expectWork(),
        onFirstRequest: exitFlush && (() => exitFlush.handleSignals()),
      }),
    )
  }

  /** Observes event loop, V8 and process, if a reader collects them. */
  #observeProcess(): void {
    const { metricsGroups, metricsExporter } = this.#settings
    const isExported = metricsExporter.some((exporter) => exporter !== 'none')
    if (this.#metrics === undefined || !isExported || !metricsGroups.includes('process')) return
    const observation = observeProcess(this.#metrics.provider, this.#settings.bucketsGc)
    this.#process = observation
    this.#cleanups.push(observation.stop)
    // Its values are those of the whole process: the main thread records them.
    if (isMainThread && metricsExporter.includes('prometheus'))
      this.#cleanups.push(observePrometheusProcess(this.#metrics.provider))
  }

  /** Opens the separate listener at once for a start from code; with the flag, it waits for the application's server. */
  #openEndpoint(): void {
    const endpoint = this.#metrics?.endpoint
    if (endpoint === undefined) this.#logStart(undefined, this.#metrics?.destinations ?? [])
    else if (this.#caller === 'code') endpoint.open()
  }

  /** Makes this start the instance of the process. */
  #publish(): OtelHandle {
    const handle = this.#createHandle()
    setInstance({
      version: VERSION,
      handle,
      instruments: this.#instruments,
      readyHandler: this.#readyHandler,
      readyStateChanged: () => this.#readiness.changed(),
      metricsHandler: this.#metrics?.handler,
      snapshots: this.#metrics?.snapshots,
    })
    return handle
  }

  #createHandle(): OtelHandle {
    return createHandle({
      settings: this.#settings,
      meterProvider: this.#meterProvider,
      metrics: this.#metrics,
      tracing: this.#tracing,
      events: this.#events?.writer,
      cleanups: this.#cleanups,
      log: this.#log,
    })
  }

  /** The aggregator logs the start for all its members. */
  #logStart(pullUrl: string | undefined, pushDestinations: readonly string[]): void {
    if (this.#metrics?.group.isMember === true) return
    this.#log.startLine(
      formatStartLine({
        settings: this.#settings,
        pullUrl,
        pushDestinations,
        isTracing: this.#tracing !== undefined,
        traceDestination: this.#tracing?.destination,
        globalsOwner: this.#globalsOwner,
      }),
    )
  }

  get #meterProvider(): MeterProvider {
    return this.#metrics?.provider ?? NOOP_METER_PROVIDER
  }

  /** Whether requests have spans, ours or those of the application's SDK. */
  get #hasSpans(): boolean {
    return this.#tracing !== undefined || this.#globalsOwner !== undefined
  }
}
