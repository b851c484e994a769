import type { Settings } from '../config/settings.ts'
import { VERSION } from '../version.ts'

/** What {@link formatStartLine} describes. */
export interface StartSummary {
  readonly settings: Settings
  /** URL of the pull endpoint; `undefined` without one. */
  readonly pullUrl: string | undefined
  /** Destinations of pushed metrics; empty if none are pushed. */
  readonly pushDestinations: readonly string[]
  readonly isTracing: boolean
  /** Destination of spans; `undefined` if they are not exported. */
  readonly traceDestination: string | undefined
  /** Why the API's globals are not registered; `undefined` if they are. */
  readonly globalsOwner: string | undefined
}

/** Returns the start line: the version, the destinations of metrics and traces, and the settings that enable the rest. */
export function formatStartLine(summary: StartSummary): string {
  return `${VERSION}: ${describeMetrics(summary)}; ${describeTracing(summary)}`
}

function describeMetrics({ settings, pullUrl, pushDestinations }: StartSummary): string {
  if (!settings.metricsEnabled) return 'metrics are off (VR_METRICS_ENABLED=false)'
  const pull = pullUrl === undefined ? [] : [describePull(settings, pullUrl)]
  const pushes = pushDestinations.map(
    (destination) => `to ${destination} every ${settings.exportInterval / 1000} s`,
  )
  const outputs = [...pull, ...pushes]
  return outputs.length === 0
    ? `metrics are recorded, but not exported (${settings.sources.metricsExporter})`
    : `metrics ${outputs.join(', ')}`
}

function describePull(settings: Settings, url: string): string {
  const notes = []
  if (settings.metricsToken === undefined) notes.push('no authentication: set VR_METRICS_TOKEN')
  if (settings.metricsPort !== undefined && settings.metricsHost === '127.0.0.1') {
    notes.push('reachable from this machine only: in a container, set VR_METRICS_HOST=0.0.0.0')
  }
  return `at ${url}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`
}

function describeTracing({ settings, isTracing, traceDestination, globalsOwner }: StartSummary): string {
  if (globalsOwner !== undefined) return `no spans are created (${globalsOwner})`
  if (!isTracing) return 'tracing is off, no exemplars: set VR_TRACING_ENABLED=true'
  const destination =
    traceDestination === undefined
      ? `traces are not sent (${settings.sources.tracesExporter})`
      : `traces to ${traceDestination}`
  return `${destination}, ${percent(settings.sampleRatio)} of new traces sampled`
}

function percent(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(6))} %`
}
