import { createNoopMeter, type MeterProvider } from '@opentelemetry/api'
import { setLogger as setExportersLogger } from '@vr/otel-exporters'
import { type Buckets, GatewayInstruments, setLogger as setInstrumentsLogger } from '@vr/otel-instruments'
import { observeProcess } from '@vr/otel-instruments/adapters'
import { setLogger as setMetricsLogger } from '@vr/otel-metrics'
import { readSettings } from './config/read-settings.ts'
import type { SettingOptions, Settings } from './config/settings.ts'
import { activeContext, globalsOwner } from './existing-sdk.ts'
import { registerGlobals } from './globals.ts'
import { createHandle, flush, shutdownNow } from './handle.ts'
import { instance, type OtelHandle, setInstance } from './instance.ts'
import { observeApplication } from './instrument-application.ts'
import { type FlushAtEnd, flushAtEnd } from './lifecycle/shutdown.ts'
import { setLogger } from './logger.ts'
import { createMetricsPipeline, type MetricsPipeline } from './metrics-pipeline.ts'
import { Report } from './report.ts'
import { createResource } from './resource.ts'
import { unsupportedLine, unsupportedRuntime } from './runtime.ts'
import { startLine } from './start-line.ts'
import { writeToStderr } from './stderr.ts'
import { startTracing, type Tracing } from './tracing/start-tracing.ts'
import { VERSION } from './version.ts'

/** Settings that cannot be used, where `VR_OTEL_STRICT` makes them an error. */
class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/** Starts telemetry from the flag: nothing may stop the application but a strict check of its settings. */
export function register(): void {
  try {
    begin({}, 'flag')
  } catch (error) {
    if (error instanceof SettingsError) {
      writeToStderr(`@vr/otel error: ${error.message}\n`)
      process.exit(1)
    }
    const detail = error instanceof Error ? error.stack : error
    writeToStderr(`@vr/otel error: not started, the application runs without telemetry: ${detail}\n`)
  }
}

/** Starts telemetry from code; see `startOtel`. */
export function start(options: SettingOptions): OtelHandle {
  const reason = unsupportedRuntime()
  if (reason === undefined) return begin(options, 'code')
  writeToStderr(unsupportedLine(reason))
  return createHandle({ settings: readSettings({}).settings, meterProvider: NO_METRICS })
}

function begin(options: SettingOptions, caller: 'flag' | 'code'): OtelHandle {
  const { settings, ...reading } = readSettings(process.env, options)
  const report = new Report(settings.logLevel)
  const running = instance()
  if (running !== undefined) {
    const isAsked = Object.keys(options).length > 0
    const message = `version ${running.version} is running already; this start does nothing`
    if (isAsked) report.warn(`${message}, and its options are not used`)
    else report.debug(message)
    return running.handle
  }
  if (settings.disabled) return createHandle({ settings, meterProvider: NO_METRICS })
  const owner = ownerOfGlobals(settings)
  const problems = owner === undefined ? reading.problems : reading.problemsBesideSdk
  if (problems.length > 0) complain(problems, settings, report)
  for (const line of reading.overruled) report.warn(line)
  return wire(settings, owner, report, caller)
}

function complain(problems: readonly string[], settings: Settings, report: Report): void {
  const list = problems.join('\n')
  if (settings.strict) {
    const message = `VR_OTEL_STRICT stops the start for settings that cannot be used:\n${list}`
    throw new SettingsError(message.replaceAll('\n', '\n  '))
  }
  report.warn(`settings that cannot be used:\n${list}`)
}

/** What a start has made so far. */
interface Made {
  readonly ends: (() => void)[]
  metrics?: MetricsPipeline | undefined
  tracing?: Tracing | undefined
}

/**
 * Starts all parts.
 * @throws Error of the part that cannot be started, after the parts before it have been undone
 */
function wire(
  settings: Settings,
  owner: string | undefined,
  report: Report,
  caller: 'flag' | 'code',
): OtelHandle {
  const made: Made = { ends: [] }
  try {
    return assemble(made, settings, owner, report, caller)
  } catch (error) {
    void createHandle({ settings, meterProvider: NO_METRICS, ...made, report }).shutdown(0)
    throw error
  }
}

/** Puts the parts together, in the order in which they need each other. */
function assemble(
  made: Made,
  settings: Settings,
  owner: string | undefined,
  report: Report,
  caller: 'flag' | 'code',
): OtelHandle {
  const { ends } = made
  ends.push(reportAllTo(report))
  const resource = createResource(settings)
  const isTracing = settings.tracingEnabled && owner === undefined
  const tracing = isTracing ? startTracing(settings, resource, report) : undefined
  made.tracing = tracing
  const sayStart = (where: string | undefined, pushedTo: readonly string[] = []): void =>
    report.start(
      startLine({
        settings,
        where,
        pushedTo,
        isTracing: tracing !== undefined,
        destination: tracing?.destination,
        owner,
      }),
    )
  const metrics = settings.metricsEnabled
    ? createMetricsPipeline({
        settings,
        resource,
        report,
        onServing: sayStart,
        hasSpans: tracing !== undefined || owner !== undefined,
        deliveryStats: tracing?.deliveryStats ?? [],
      })
    : undefined
  made.metrics = metrics
  const meterProvider = metrics?.provider ?? NO_METRICS
  if (owner === undefined) {
    ends.push(registerGlobals(report, settings.logLevel, metrics?.provider, tracing))
  }
  const atEnd = flushesAtEnd(metrics, tracing)
  if (atEnd !== undefined) ends.push(() => atEnd.stop())

  const isObserving = metrics !== undefined || tracing !== undefined
  const instruments = isObserving ? createInstruments(settings, metrics) : undefined
  if (instruments !== undefined) {
    const hasSpans = tracing !== undefined || owner !== undefined
    const endpoint = metrics?.endpoint
    const isPushed = metrics?.shutdownNow !== undefined
    const onFirstRequest = isPushed ? () => atEnd?.watchSignals() : undefined
    ends.push(observeApplication({ settings, instruments, endpoint, tracing, hasSpans, onFirstRequest }))
  }

  if (metrics !== undefined && showsProcess(settings)) ends.push(observeProcess(meterProvider))

  if (metrics?.endpoint === undefined) sayStart(undefined, metrics?.destinations)
  else if (caller === 'code') metrics.endpoint.open() // from the flag, it waits for the application to serve

  const handle = createHandle({ settings, meterProvider, metrics, tracing, ends, report })
  setInstance({ version: VERSION, handle, instruments, metricsHandler: metrics?.handler })
  return handle
}

/**
 * Lets all packages report to our log, whoever has the globals of the API.
 * @returns lets them report to the API's `diag` again
 */
function reportAllTo(report: Report): () => void {
  const setters = [setInstrumentsLogger, setMetricsLogger, setExportersLogger, setLogger]
  for (const set of setters) set(report)
  return () => {
    for (const set of setters) set(undefined)
  }
}

/** Spans are there to be sent from the first sampled one on, pushed metrics from the first request on. */
function flushesAtEnd(
  metrics: MetricsPipeline | undefined,
  tracing: Tracing | undefined,
): FlushAtEnd | undefined {
  const sendsSpans = (tracing?.deliveryStats ?? []).length > 0
  if (!sendsSpans && metrics?.shutdownNow === undefined) return undefined
  const atEnd = flushAtEnd({
    flush: () => flush(metrics, tracing),
    abandon: () => shutdownNow(metrics, tracing),
  })
  for (const stats of tracing?.deliveryStats ?? []) stats.onFirstCreated = () => atEnd.watchSignals()
  return atEnd
}

function createInstruments(settings: Settings, metrics: MetricsPipeline | undefined): GatewayInstruments {
  return new GatewayInstruments({
    meterProvider: metrics?.provider ?? NO_METRICS,
    prefix: settings.metricsPrefix,
    groups: settings.metricsGroups,
    knownMethods: settings.knownMethods,
    buckets: bucketsOf(settings),
    activeContext,
  })
}

function bucketsOf(settings: Settings): Buckets {
  return {
    http: settings.bucketsHttp,
    sse: settings.bucketsSse,
    tool: settings.bucketsTool,
    ttfe: settings.bucketsTtfe,
    gap: settings.bucketsGap,
    semconv: settings.bucketsSemconv,
  }
}

/** What nobody collects is not observed. */
function showsProcess({ metricsGroups, metricsExporter }: Settings): boolean {
  return metricsGroups.includes('process') && metricsExporter.some((exporter) => exporter !== 'none')
}

function ownerOfGlobals({ globals }: Settings): string | undefined {
  if (globals === 'on') return undefined
  return globals === 'off'
    ? 'the globals of the API are not registered (VR_OTEL_GLOBALS=off)'
    : globalsOwner(process.argv[1])
}

const NO_METRICS: MeterProvider = { getMeter: () => createNoopMeter() }
