import { boolean } from './kinds.ts'

/**
 * Whether `VR_OTEL_DISABLED`, or `OTEL_SDK_DISABLED` where it is unset, switches everything off: asked before anything
 * else is loaded, so that the process is as if the flag were not there. A value that is no boolean switches nothing
 * off; it is reported with the other settings.
 */
export function isDisabled(environment: Readonly<Record<string, string | undefined>>): boolean {
  const given = environment['VR_OTEL_DISABLED']?.trim() || environment['OTEL_SDK_DISABLED']?.trim() || 'false'
  return boolean.parse(given) === true
}
