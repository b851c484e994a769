import type { Setting } from '../src/config/setting.ts'

/** Returns the default as the documentation shows it. */
export function describeDefault(row: Setting<unknown>): string {
  if (row.default === undefined) return 'unset'
  return `\`${row.codec.format(row.default) || 'none'}\``
}

/** Returns the standard variables that a setting falls back to, in order of precedence. */
export function describeFallbacks({ signalFallback, fallbacks = [] }: Setting<unknown>): string[] {
  const ofSignals = ['TRACES', 'METRICS'].flatMap((signal) =>
    signalFallback === undefined
      ? []
      : [{ ...signalFallback, key: signalFallback.key.replace('SIGNAL', signal) }],
  )
  return [...ofSignals, ...fallbacks].map(({ key, companion }) =>
    companion === undefined ? `\`${key}\`` : `\`${key}\` with \`${companion}\``,
  )
}
