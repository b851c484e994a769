import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'

/** Returns the metrics without those of the instruments with these names. */
export function withoutInstruments(
  collected: ResourceMetrics,
  excluded: ReadonlySet<string>,
): ResourceMetrics {
  if (excluded.size === 0) return collected
  const scopeMetrics = collected.scopeMetrics.map(({ scope, metrics }) => ({
    scope,
    metrics: metrics.filter(({ descriptor }) => !excluded.has(descriptor.name)),
  }))
  return { ...collected, scopeMetrics }
}
