import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Exemplar } from '@vr/otel-metrics'

/** The exemplars of a data point, if it has any: whatever provider made it. */
export function exemplarsOf(point: object): readonly Exemplar[] | undefined {
  const { exemplars } = point as { readonly exemplars?: readonly Exemplar[] }
  return exemplars !== undefined && exemplars.length > 0 ? exemplars : undefined
}

/** Whether any data point has exemplars. */
export function hasExemplars({ scopeMetrics }: ResourceMetrics): boolean {
  return scopeMetrics.some(({ metrics }) => metrics.some(hasMetricExemplars))
}

/** Whether any data point of a metric has exemplars. */
export function hasMetricExemplars({ dataPoints }: MetricData): boolean {
  for (const point of dataPoints) if (exemplarsOf(point) !== undefined) return true
  return false
}
