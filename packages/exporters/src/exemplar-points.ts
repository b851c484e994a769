import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Exemplar } from '@vr/otel-metrics'

/** Returns the exemplars of a data point, or undefined if it has none. Works with data of any provider. */
export function exemplarsOf(point: object): readonly Exemplar[] | undefined {
  const { exemplars } = point as { readonly exemplars?: readonly Exemplar[] }
  return exemplars !== undefined && exemplars.length > 0 ? exemplars : undefined
}

/** Returns whether any data point has exemplars. */
export function hasExemplars({ scopeMetrics }: ResourceMetrics): boolean {
  return scopeMetrics.some(({ metrics }) => metrics.some(hasMetricExemplars))
}

/** Returns whether any data point of a metric has exemplars. */
export function hasMetricExemplars({ dataPoints }: MetricData): boolean {
  for (const point of dataPoints) if (exemplarsOf(point) !== undefined) return true
  return false
}
