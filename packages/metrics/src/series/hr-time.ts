import type { HrTime } from '@opentelemetry/api'

/**
 * Converts epoch milliseconds to seconds and nanoseconds. Equal to the function of the same name in
 * `@opentelemetry/core`, whose import would load about thirty files.
 */
export function millisToHrTime(millis: number): HrTime {
  const seconds = Math.trunc(millis / 1000)
  return [seconds, Math.round((millis - seconds * 1000) * 1e6)]
}
