import type { Signal } from '@vr/otel-exporters'
import { COLLECTOR_ADDRESS_KEYS } from './fallbacks.ts'
import { maskUrlCredentials } from './mask-url-credentials.ts'
import { printSettings } from './print-settings.ts'
import { SIGNALS, variableOfSignal } from './setting.ts'
import type { Settings } from './settings.ts'

/**
 * A line for every endpoint of a standard variable that is ignored because a setting of ours names the collector
 * ({@link COLLECTOR_ADDRESS_KEYS}). None for signals that are not sent to a collector.
 * @param given the keys of the settings that are given, in variables or in code
 * @param variable the value of a variable, `undefined` where it is unset
 */
export function ignoredEndpoints(
  settings: Settings,
  given: ReadonlySet<string>,
  variable: (key: string) => string | undefined,
): string[] {
  const decides = COLLECTOR_ADDRESS_KEYS.find((key) => given.has(key))
  const sent = SIGNALS.filter((signal) => isSent(signal, settings))
  if (decides === undefined || sent.length === 0) return []
  const all = printSettings(settings)
  const used = COLLECTOR_ADDRESS_KEYS.map((key) => `${key}=${all[key]}`).join(' ')
  const endpoints = [
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    ...sent.map((signal) => variableOfSignal('OTEL_EXPORTER_OTLP_SIGNAL_ENDPOINT', signal)),
  ]
  return endpoints.flatMap((key) => {
    const text = variable(key)
    if (text === undefined) return []
    return `${key}: got "${maskUrlCredentials(text)}", ignored because ${decides} is set, using ${used}`
  })
}

function isSent(signal: Signal, settings: Settings): boolean {
  return signal === 'traces'
    ? settings.tracingEnabled && settings.tracesExporter.includes('otlp')
    : settings.metricsEnabled && settings.metricsExporter.includes('otlp')
}
