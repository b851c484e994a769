import type { Family } from '@vr/otel-metrics/internal'
import type { OtherFamily } from './written-family.ts'

/** A family of a type that OpenTelemetry does not have. */
export type Other = Family & { readonly type: OtherFamily['type'] }

/** Returns whether the metrics of a family have no data points, because OpenTelemetry does not have its type. */
export function isOther(family: Family | undefined): family is Other {
  return family !== undefined && !['counter', 'gauge', 'histogram'].includes(family.type)
}

/** Returns a family that formats write as it was read. */
export function otherFamily(
  common: Omit<OtherFamily, 'type' | 'points' | 'labels'>,
  { type, points }: Other,
  labels: readonly string[],
): OtherFamily {
  return { ...common, type, points, labels } as OtherFamily
}
