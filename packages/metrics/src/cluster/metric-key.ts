import type { Attributes } from '@opentelemetry/api'
import type { MetricIdentity, WireNumber } from './messages.ts'

/** Returns the key of a metric: equal for metrics of one name in one scope. Names are case-insensitive. */
export function metricKey({ scope, name }: Pick<MetricIdentity, 'scope' | 'name'>): string {
  return JSON.stringify([scope.name, scope.version ?? '', scope.schemaUrl ?? '', name.toLowerCase()])
}

/** Returns the key of a series within its metric: equal for equal attributes in any order. */
export function seriesKey(attributes: Attributes): string {
  const keys = Object.keys(attributes)
  if (keys.length > 1) keys.sort()
  return JSON.stringify(keys.map((key) => [key, attributes[key]]))
}

/** Whether values of the metric are added and never fall: sums that are monotonic, and histograms. */
export function isCumulative({ kind, isMonotonic }: MetricIdentity): boolean {
  return kind === 'sum' ? isMonotonic : kind !== 'gauge'
}

/** Returns in what a second definition of a metric differs, so that their values cannot be merged, or `undefined`. */
export function conflictOf(kept: MetricIdentity, other: MetricIdentity): string | undefined {
  if (kept.kind !== other.kind) return `kind ${other.kind} instead of ${kept.kind}`
  if (kept.isMonotonic !== other.isMonotonic)
    return other.isMonotonic ? 'monotonic instead of not' : 'not monotonic instead of monotonic'
  if (kept.unit !== other.unit) return `unit "${other.unit}" instead of "${kept.unit}"`
  if (kept.boundaries.join() !== other.boundaries.join())
    return `bounds [${other.boundaries.join(' ')}] instead of [${kept.boundaries.join(' ')}]`
  return undefined
}

/** Returns the number of a message. */
export function fromWire(value: WireNumber | undefined): number {
  return typeof value === 'number' ? value : Number(value)
}
