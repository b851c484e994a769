import { boolean, standardBoolean } from './codecs.ts'

/**
 * Returns whether everything is switched off, by `VR_OTEL_DISABLED` or, if that is unset or invalid, by `OTEL_SDK_DISABLED`.
 * Called before anything else is loaded, so that a disabled process loads as little as possible. An invalid value does not
 * switch telemetry off; it is reported with the other settings.
 */
export function isDisabled(environment: Readonly<Record<string, string | undefined>>): boolean {
  const ours = boolean.parse(environment['VR_OTEL_DISABLED']?.trim() ?? '')
  return ours ?? standardBoolean.parse(environment['OTEL_SDK_DISABLED']?.trim() ?? '') ?? false
}
