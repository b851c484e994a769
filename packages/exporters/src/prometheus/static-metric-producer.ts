import { type HrTime, ValueType } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { MetricData, MetricProducer } from '@opentelemetry/sdk-metrics'
import { epochNow, processStart } from '@vr/otel-metrics/internal'
import { CUMULATIVE, GAUGE, SUM } from '../sdk-values.ts'

/** A metric that has one series, without attributes, and its value at the moment. */
export interface StaticMetric {
  /** Of the instrument: unit and `_total` are added by the rules for names. */
  readonly name: string
  /** A counter counts since the process began. */
  readonly kind: 'counter' | 'gauge'
  /** A UCUM code. */
  readonly unit: string
  readonly description: string
  /** `undefined`: the metric is left out. Has to return; an error would cost the scrape these metrics. */
  value(): number | undefined
}

/**
 * A source of metrics beside the provider's, for `metricProducers` of one reader: what only that reader shows.
 * @param scope name of the instrumentation scope that they have
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

function metricOf(single: StaticMetric, startTime: HrTime, endTime: HrTime): MetricData[] {
  const value = single.value()
  if (value === undefined) return []
  const { name, unit, description } = single
  const metric = {
    descriptor: { name, unit, description, valueType: ValueType.DOUBLE },
    aggregationTemporality: CUMULATIVE,
    dataPoints: [{ attributes: {}, startTime, endTime, value }],
  }
  return single.kind === 'counter'
    ? [{ ...metric, dataPointType: SUM, isMonotonic: true }]
    : [{ ...metric, dataPointType: GAUGE }]
}

function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)]
}
