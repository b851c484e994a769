import { boolean } from './codecs.ts'

/**
 * Returns whether `VR_OTEL_DISABLED` switches everything off; if that is unset or invalid, `OTEL_SDK_DISABLED`. Called
 * before anything else is loaded, so that a disabled process loads as little as possible. An invalid value switches
 * nothing off and is reported with the other settings.
 */
export function isDisabled(environment: Readonly<Record<string, string | undefined>>): boolean {
  const texts = [environment['VR_OTEL_DISABLED'], environment['OTEL_SDK_DISABLED']]
  return texts.map((text) => boolean.parse(text?.trim() ?? '')).find((value) => value !== undefined) === true
}
