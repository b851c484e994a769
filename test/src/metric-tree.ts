import type { PrometheusReader } from '@vr/otel-exporters'

type ResourceMetrics = Awaited<ReturnType<PrometheusReader['collect']>>['resourceMetrics']

/** Every series of a collection, as `name{attribute=value,…}`, and its value; of a histogram, `count …, sum …`. */
export type MetricTree = Readonly<Record<string, number | string>>

/** Returns every series of a collection. Sums of histograms are rounded to microseconds. */
export function metricTree({ scopeMetrics }: ResourceMetrics): MetricTree {
  const series = scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ attributes, value }) => {
        const printed = Object.entries(attributes)
          .map(([key, attribute]) => `${key}=${attribute}`)
          .sort()
        return [`${descriptor.name}{${printed}}`, printValue(value)] as const
      }),
    )
  return Object.fromEntries(series)
}

function printValue(value: number | { count: number; sum?: number | undefined }): number | string {
  if (typeof value === 'number') return value
  return `count ${value.count}, sum ${Math.round((value.sum ?? 0) * 1e6) / 1e6}`
}
