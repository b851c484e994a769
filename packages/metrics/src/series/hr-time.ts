import type { HrTime } from '@opentelemetry/api'

/**
 * Milliseconds since the epoch as seconds and nanoseconds. The function of `@opentelemetry/core` that does the same
 * comes with thirty files that nothing here needs.
 */
export function millisToHrTime(millis: number): HrTime {
  const seconds = Math.trunc(millis / 1000)
  return [seconds, Math.round((millis - seconds * 1000) * 1e6)]
}
