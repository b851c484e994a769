import { COLLECTOR_ADDRESS_KEYS } from './fallbacks.ts'
import { maskUrlCredentials } from './mask-url-credentials.ts'
import { printSettings } from './print-settings.ts'
import type { OverriddenEndpoint } from './problem.ts'
import { SIGNALS, type Signal, variableOfSignal } from './setting.ts'
import type { Settings } from './settings.ts'

/**
 * Returns the endpoints of standard variables that are ignored because a setting of ours contains the collector's address
 * ({@link COLLECTOR_ADDRESS_KEYS}). Only for signals that are sent to a collector.
 * @param given keys of the settings that are given by variables or in code
 * @param variable returns the value of a variable; `undefined` if it is unset
 */
export function ignoredEndpoints(
  settings: Settings,
  given: ReadonlySet<string>,
  variable: (key: string) => string | undefined,
): OverriddenEndpoint[] {
  const by = COLLECTOR_ADDRESS_KEYS.find((key) => given.has(key))
  const sent = SIGNALS.filter((signal) => isSent(signal, settings))
  if (by === undefined || sent.length === 0) return []
  const printed = printSettings(settings)
  const using = COLLECTOR_ADDRESS_KEYS.map((key) => ({ setting: key, value: printed[key] ?? '' }))
  const endpoints = [
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    ...sent.map((signal) => variableOfSignal('OTEL_EXPORTER_OTLP_SIGNAL_ENDPOINT', signal)),
  ]
  return endpoints.flatMap((key) => {
    const text = variable(key)
    return text === undefined ? [] : [{ type: 'overridden', key, got: maskUrlCredentials(text), by, using }]
  })
}

function isSent(signal: Signal, settings: Settings): boolean {
  return signal === 'traces'
    ? settings.tracingEnabled && settings.tracesExporter.includes('otlp')
    : settings.metricsEnabled && settings.metricsExporter.includes('otlp')
}
