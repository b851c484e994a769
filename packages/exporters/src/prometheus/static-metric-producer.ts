import { type HrTime, ValueType } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { MetricData, MetricProducer } from '@opentelemetry/sdk-metrics'
import { CUMULATIVE, epochNow, GAUGE_POINT, processStart, SUM_POINT } from '@vr/otel-metrics/internal'

/** A metric with one series without attributes, read at each collection. */
export interface StaticMetric {
  /** Name of the instrument; the unit and `_total` are added by the naming rules. */
  readonly name: string
  /** A counter starts with the process. */
  readonly kind: 'counter' | 'gauge'
  /** UCUM code. */
  readonly unit: string
  /** Becomes the `HELP` text. */
  readonly description: string
  /**
   * Returns the value; undefined omits the metric. Must not throw: the scrape would lose all metrics of the
   * producer.
   */
  value(): number | undefined
}

/**
 * Creates a metric producer for the `metricProducers` of one reader, so that only that reader exposes its
 * metrics.
 * @param scope name of their instrumentation scope
 */
export function staticMetricProducer(
  resource: Resource,
  scope: string,
  values: readonly StaticMetric[],
): MetricProducer {
  const startTime = hrTime(processStart)
  return {
    collect: async () => {
      const endTime = hrTime(epochNow())
      const metrics = values.flatMap((value) => metricOf(value, startTime, endTime))
      return {
        resourceMetrics: { resource, scopeMetrics: [{ scope: { name: scope }, metrics }] },
        errors: [],
      }
    },
  }
}

function metricOf(definition: StaticMetric, startTime: HrTime, endTime: HrTime): MetricData[] {
  const value = definition.value()
  if (value === undefined) return []
  const { name, unit, description } = definition
  const metric = {
    descriptor: { name, unit, description, valueType: ValueType.DOUBLE },
    aggregationTemporality: CUMULATIVE,
    dataPoints: [{ attributes: {}, startTime, endTime, value }],
  }
  return definition.kind === 'counter'
    ? [{ ...metric, dataPointType: SUM_POINT, isMonotonic: true }]
    : [{ ...metric, dataPointType: GAUGE_POINT }]
}

function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)]
}
