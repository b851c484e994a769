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

/** Returns the start line: what was started, where data is exported, and how to turn on what is off. */
export function formatStartLine(summary: StartSummary): string {
  return `${VERSION}: ${describeMetrics(summary)}; ${describeTracing(summary)}`
}

function describeMetrics({ settings, pullUrl, pushDestinations }: StartSummary): string {
  if (!settings.metricsEnabled) return 'metrics off (VR_METRICS_ENABLED)'
  const pull = pullUrl === undefined ? [] : [describePull(settings, pullUrl)]
  const pushes = pushDestinations.map((place) => `to ${place} every ${settings.exportInterval / 1000} s`)
  const outputs = [...pull, ...pushes]
  return outputs.length === 0
    ? `metrics recorded, not exported (${settings.sources.metricsExporter})`
    : `metrics ${outputs.join(', ')}`
}

function describePull(settings: Settings, url: string): string {
  const notes = []
  if (settings.metricsToken === undefined) notes.push('no authentication: VR_METRICS_TOKEN')
  if (settings.metricsPort !== undefined && settings.metricsHost === '127.0.0.1') {
    notes.push('this machine only; in a container: VR_METRICS_HOST=0.0.0.0')
  }
  return `at ${url}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`
}

function describeTracing({ settings, isTracing, traceDestination, globalsOwner }: StartSummary): string {
  if (globalsOwner !== undefined) return `no spans created (${globalsOwner})`
  if (!isTracing) return 'tracing off, so no exemplars (VR_TRACING_ENABLED=true)'
  const destination =
    traceDestination === undefined
      ? `traces not sent (${settings.sources.tracesExporter})`
      : `traces to ${traceDestination}`
  return `${destination}, ${percent(settings.sampleRatio)} of new ones sampled`
}

function percent(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(6))} %`
}
