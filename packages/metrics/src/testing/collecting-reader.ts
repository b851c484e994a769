import {
  AggregationTemporality,
  MetricReader,
  type MetricReaderOptions,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import type { DataPointWithExemplars } from '../exemplars/exemplar.ts'

/** A reader of sdk-metrics on which tests call `collect`. */
export class CollectingReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}

  /** Collects, and returns the data points of all metrics with this name, in order. */
  async points(name: string): Promise<DataPointWithExemplars<unknown>[]> {
    const named = (await this.metrics()).filter((metric) => metric.descriptor.name === name)
    return named.flatMap((metric): DataPointWithExemplars<unknown>[] => metric.dataPoints)
  }

  /** Collects, and returns the metrics of all scopes. */
  async metrics(): Promise<ResourceMetrics['scopeMetrics'][number]['metrics']> {
    const { resourceMetrics } = await this.collect()
    return resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
  }
}

/** Creates a reader with this temporality for all instruments. */
export function readerOf(
  temporality: 'delta' | 'cumulative',
  options: MetricReaderOptions = {},
): CollectingReader {
  const selector = () =>
    temporality === 'delta' ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE
  return new CollectingReader({ aggregationTemporalitySelector: selector, ...options })
}
