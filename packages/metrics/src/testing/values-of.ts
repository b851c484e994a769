import type { MergedMetrics } from '../cluster/merged-metrics.ts'

/** Returns the value of each data point of the store, by name and attributes. */
export async function valuesOf(store: MergedMetrics): Promise<Record<string, unknown>> {
  const scopes = await store.collect()
  return Object.fromEntries(
    scopes.flatMap(({ metrics }) =>
      metrics.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => [
          `${descriptor.name} ${JSON.stringify(attributes)}`,
          value,
        ]),
      ),
    ),
  )
}
