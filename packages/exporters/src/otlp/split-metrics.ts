import type { MetricData, ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics'

/** Returns the number of data points. */
export function countPoints({ scopeMetrics }: ResourceMetrics): number {
  let count = 0
  for (const { metrics } of scopeMetrics) for (const { dataPoints } of metrics) count += dataPoints.length
  return count
}

/**
 * Splits metrics into parts that fit the request limit of a collector and are encoded without blocking the
 * event loop. The order of the data points is kept.
 * @param size maximum number of data points of a part
 */
export function splitMetrics(metrics: ResourceMetrics, size: number): ResourceMetrics[] {
  if (countPoints(metrics) <= size) return [metrics]
  const pieces: ResourceMetrics[] = []
  let scopes: ScopeMetrics[] = []
  let room = size
  const close = (): void => {
    if (scopes.length > 0) pieces.push({ resource: metrics.resource, scopeMetrics: scopes })
    scopes = []
    room = size
  }
  for (const { scope, metrics: all } of metrics.scopeMetrics) {
    for (const metric of all) {
      for (let at = 0; at < metric.dataPoints.length; ) {
        const dataPoints = metric.dataPoints.slice(at, at + room)
        at += dataPoints.length
        room -= dataPoints.length
        addTo(scopes, scope, { ...metric, dataPoints } as MetricData)
        if (room === 0) close()
      }
    }
  }
  close()
  return pieces
}

function addTo(scopes: ScopeMetrics[], scope: ScopeMetrics['scope'], metric: MetricData): void {
  const last = scopes.at(-1)
  if (last?.scope === scope) last.metrics.push(metric)
  else scopes.push({ scope, metrics: [metric] })
}
