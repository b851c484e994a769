import type { StderrLogger } from '../logging/stderr-logger.ts'
import { formatProblem, type Problem } from './problem.ts'
import type { Setting } from './setting.ts'
import type { Settings } from './settings.ts'
import { TRACING_SETTINGS } from './tracing-settings.ts'

/** Thrown with `VR_OTEL_STRICT` for settings that are invalid or unknown. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/**
 * Logs the problems of the settings.
 * @param hasOtherSdk whether the application has its own SDK: it reads the standard variables of tracing too, and may
 *   support more values of them, so their problems are not reported
 * @throws SettingsError with `VR_OTEL_STRICT`, if a setting is invalid or unknown
 */
export function checkSettings(
  problems: readonly Problem[],
  settings: Settings,
  hasOtherSdk: boolean,
  log: Pick<StderrLogger, 'warn'>,
): void {
  const relevant = problems.filter(({ key }) => !hasOtherSdk || !STANDARD_TRACING_VARIABLES.has(key))
  const invalid = relevant.filter(({ type }) => type !== 'overridden').map(formatProblem)
  const overridden = relevant.filter(({ type }) => type === 'overridden').map(formatProblem)
  if (invalid.length > 0 && settings.strict) {
    const message = ['not started: VR_OTEL_STRICT is on and settings are invalid:', ...invalid]
    throw new SettingsError(message.join('\n  '))
  }
  if (invalid.length > 0) log.warn(['invalid settings:', ...invalid].join('\n'))
  for (const line of overridden) log.warn(line)
}

const STANDARD_TRACING_VARIABLES: ReadonlySet<string> = new Set(
  (Object.values(TRACING_SETTINGS) as Setting<unknown>[])
    .flatMap(({ key, fallbacks = [] }) => [key, ...fallbacks.map((fallback) => fallback.key)])
    .filter((key) => key.startsWith('OTEL_')),
)
