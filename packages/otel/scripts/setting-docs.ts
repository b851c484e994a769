import { type Setting, SIGNALS, variableOfSignal } from '../src/config/setting.ts'

/** Returns the default as the documentation shows it. */
export function describeDefault(row: Setting<unknown>): string {
  if (row.default === undefined) return 'unset'
  return `\`${row.codec.format(row.default) || 'none'}\``
}

/** Returns the standard variables that a setting falls back to, in order of precedence. */
export function describeFallbacks({ fallbacks = [] }: Setting<unknown>): string[] {
  return fallbacks.map(({ key, companion }) =>
    companion === undefined ? `\`${key}\`` : `\`${key}\` with \`${companion}\``,
  )
}

/** Returns the standard variables that set the value for one signal. They precede the general standard variable. */
export function describeSignalVariables({ signalFallback }: Setting<unknown>): string[] {
  if (signalFallback === undefined) return []
  return SIGNALS.map((signal) => `\`${variableOfSignal(signalFallback.key, signal)}\``)
}
