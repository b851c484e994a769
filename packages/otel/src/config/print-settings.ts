import { maskUrlCredentials } from './mask-url-credentials.ts'
import type { BySignal, Setting } from './setting.ts'
import { SETTINGS, type Settings } from './settings.ts'

/** Formats a value as its variable would contain it; `none` for an unset or empty one. Secrets are masked. */
export function formatValue(row: Setting<unknown>, value: unknown): string {
  if (value === undefined) return 'none'
  const text = row.codec.format(value)
  if (text === '') return 'none'
  if (row.urls) return text.split(',').map(maskUrlCredentials).join(',')
  return row.secret ? '***' : text
}

/** Formats all settings, by variable. */
export function printSettings(settings: Settings): Readonly<Record<string, string>> {
  const printed: Record<string, string> = {}
  for (const [name, row] of Object.entries(SETTINGS)) {
    printed[row.key] = formatBySignal(row as Setting<unknown>, settings[name as keyof typeof SETTINGS])
  }
  return printed
}

function formatBySignal(row: Setting<unknown>, value: unknown): string {
  if (row.signalFallback === undefined) return formatValue(row, value)
  const { traces, metrics } = value as BySignal<unknown>
  const [ofTraces, ofMetrics] = [formatValue(row, traces), formatValue(row, metrics)]
  return ofTraces === ofMetrics ? ofTraces : `${ofTraces} (metrics: ${ofMetrics})`
}
