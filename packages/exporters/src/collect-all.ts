import type { CollectionResult, MetricCollectOptions, MetricProducer } from '@opentelemetry/sdk-metrics'
import { withoutInstruments } from './without-instruments.ts'

/**
 * Collects from a provider and additional producers, at the same time. If an additional producer fails, its error is returned with
 * the metrics of the others.
 * @param producers that of the provider, and the additional ones
 * @param excluded names of instruments of the provider whose metrics are omitted
 * @throws Error of the provider
 */
export async function collectAll(
  producers: readonly MetricProducer[],
  excluded: ReadonlySet<string>,
  options: MetricCollectOptions | undefined,
): Promise<CollectionResult> {
  const [own, ...others] = await Promise.allSettled(
    producers.map(async (producer) => producer.collect(options)),
  )
  if (own?.status !== 'fulfilled') throw own?.reason
  const { resourceMetrics, errors } = own.value
  const collected = others.flatMap((other) => (other.status === 'fulfilled' ? [other.value] : []))
  const failed = others.flatMap((other) => (other.status === 'rejected' ? [other.reason] : []))
  const additional = collected.flatMap((result) => result.resourceMetrics.scopeMetrics)
  const exposed = withoutInstruments(resourceMetrics, excluded)
  return {
    resourceMetrics: { ...exposed, scopeMetrics: [...exposed.scopeMetrics, ...additional] },
    errors: [...errors, ...collected.flatMap((result) => result.errors), ...failed],
  }
}
