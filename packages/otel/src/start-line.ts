import type { Settings } from './config/settings.ts'
import { VERSION } from './version.ts'

/** What the start line tells. */
export interface Started {
  readonly settings: Settings
  /** URL of the pull endpoint, if there is one. */
  readonly where: string | undefined
  /** Where metrics are pushed to, if anywhere. */
  readonly pushedTo: readonly string[]
  readonly isTracing: boolean
  /** Where spans go; `undefined` where they are not sent. */
  readonly destination: string | undefined
  /** Who owns the API's globals, if we do not. */
  readonly owner: string | undefined
}

/** The one line that says what was started, where to look, and what is off. */
export function startLine(started: Started): string {
  const { settings, where, pushedTo } = started
  return `${VERSION}: ${metricsPart(settings, where, pushedTo)}; ${tracingPart(started)}`
}

function metricsPart(settings: Settings, where: string | undefined, pushedTo: readonly string[]): string {
  if (!settings.metricsEnabled) return 'metrics off (VR_METRICS_ENABLED)'
  const pushed = pushedTo.map((place) => `to ${place} every ${settings.exportInterval / 1000} s`)
  const places = [...(where === undefined ? [] : [pulledFrom(settings, where)]), ...pushed]
  return places.length === 0
    ? `metrics recorded, not exported (${settings.sources.metricsExporter})`
    : `metrics ${places.join(', ')}`
}

function pulledFrom(settings: Settings, where: string): string {
  const notes = []
  if (settings.metricsToken === undefined) notes.push('no authentication: VR_METRICS_TOKEN')
  if (settings.metricsPort !== undefined && settings.metricsHost === '127.0.0.1') {
    notes.push('this machine only; in a container: VR_METRICS_HOST=0.0.0.0')
  }
  return `at ${where}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`
}

function tracingPart({ settings, isTracing, destination, owner }: Started): string {
  if (owner !== undefined) return `spans are left to their owner: ${owner}`
  if (!isTracing) return 'tracing off, so no exemplars (VR_TRACING_ENABLED=true)'
  const { tracesExporter } = settings.sources
  const where = destination === undefined ? `traces not sent (${tracesExporter})` : `traces to ${destination}`
  return `${where}, ${percent(settings.sampleRatio)} of new ones sampled`
}

function percent(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(6))} %`
}
