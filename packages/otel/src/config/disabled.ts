import { boolean } from './codecs.ts'

/**
 * Whether `VR_OTEL_DISABLED`, or `OTEL_SDK_DISABLED` where that is unset or no boolean, switches everything off: asked
 * before anything else is loaded, so that the process is as if the flag were not there. A value that is no boolean
 * switches nothing off; it is reported with the other settings, if there is a start.
 */
export function isDisabled(environment: Readonly<Record<string, string | undefined>>): boolean {
  const given = [environment['VR_OTEL_DISABLED'], environment['OTEL_SDK_DISABLED']]
  return given.map((text) => boolean.parse(text?.trim() ?? '')).find((is) => is !== undefined) === true
}
