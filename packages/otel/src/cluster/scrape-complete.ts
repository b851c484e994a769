import { ValueType } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { PrometheusReaderOptions } from '@vr/otel-exporters'
import { SCOPE_NAME } from '@vr/otel-instruments'
import { CUMULATIVE, epochNow, GAUGE_POINT, processStart } from '@vr/otel-metrics/internal'
import { CLUSTER_METRIC_DEFINITIONS } from './cluster-metrics.ts'

type MetricProducer = NonNullable<PrometheusReaderOptions['metricProducers']>[number]

/**
 * Creates the producer of `vr_otel.scrape_complete`, whose value belongs to one scrape and is not merged.
 * @param isComplete returns whether the running scrape has the newest values of all workers; `undefined` in a process without
 * workers
 */
export function scrapeComplete(
  resource: Resource,
  isComplete: () => Promise<boolean | undefined>,
): MetricProducer {
  const { name, unit, description } = CLUSTER_METRIC_DEFINITIONS.scrapeComplete
  const descriptor = { name, unit, description, valueType: ValueType.INT }
  return {
    collect: async () => {
      const complete = await isComplete()
      const [startTime, endTime] = [hrTime(processStart), hrTime(epochNow())]
      const metric = {
        descriptor,
        aggregationTemporality: CUMULATIVE,
        dataPointType: GAUGE_POINT,
        dataPoints: [{ attributes: {}, startTime, endTime, value: Number(complete) }],
      }
      const scopeMetrics = complete === undefined ? [] : [{ scope: { name: SCOPE_NAME }, metrics: [metric] }]
      return { resourceMetrics: { resource, scopeMetrics }, errors: [] }
    },
  }
}

function hrTime(ms: number): [number, number] {
  return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)]
}
