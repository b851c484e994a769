import type { ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import type { Exemplar } from '@vr/otel-metrics'
import { decodeRequest } from '../../../../examples/src/otlp-receiver/decode-request.ts'
import { point } from './metric-data.ts'

/** An exemplar with ids. */
export const exemplar = (value: number, more: Partial<Exemplar> = {}): Exemplar => ({
  value,
  timestamp: [1_700_000_030, 123_456_789],
  traceId: 'ab'.repeat(16),
  spanId: 'cd'.repeat(8),
  filteredAttributes: {},
  ...more,
})

/** One metric of each type; some data points have the exemplars. */
export function metricsWith(valueType: ValueType, exemplars: Exemplar[]): MetricData[] {
  const descriptor = (name: string) => ({ name, unit: 's', description: 'd', valueType })
  const aggregationTemporality = AggregationTemporality.CUMULATIVE
  const histogram = { buckets: { boundaries: [1, 2], counts: [1, 0, 3] }, count: 4, sum: 9, min: 0, max: 5 }
  const buckets = { offset: -3, bucketCounts: [1, 2, 0] }
  const exponential = {
    positive: buckets,
    negative: buckets,
    scale: 3,
    zeroCount: 1,
    count: 7,
    sum: 2,
    min: 0,
    max: 4,
  }
  return [
    {
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      aggregationTemporality,
      descriptor: descriptor('sum'),
      dataPoints: [point(3, { a: 1 }), point(4, { a: 2 }, exemplars), point(5, { a: 3 })],
    },
    {
      dataPointType: DataPointType.GAUGE,
      aggregationTemporality,
      descriptor: descriptor('gauge'),
      dataPoints: [point(3, {}, exemplars)],
    },
    {
      dataPointType: DataPointType.HISTOGRAM,
      aggregationTemporality,
      descriptor: descriptor('histogram'),
      dataPoints: [point(histogram, {}, exemplars), point(histogram, { b: 'x' })],
    },
    {
      dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
      aggregationTemporality,
      descriptor: descriptor('exponential'),
      dataPoints: [point(exponential, {}, exemplars)],
    },
  ]
}

interface DecodedMetric {
  readonly name: string
  readonly sum?: Decoded
  readonly gauge?: Decoded
  readonly histogram?: Decoded
  readonly exponentialHistogram?: Decoded
}

interface Decoded {
  readonly dataPoints?: readonly { readonly exemplars?: readonly object[] }[]
}

/** All exemplars of a decoded request, by metric name. */
export function exemplarsOf(request: object): Record<string, object[]> {
  const { resourceMetrics: all } = request as {
    resourceMetrics: [{ scopeMetrics: [{ metrics: DecodedMetric[] }] }]
  }
  return Object.fromEntries(
    all[0].scopeMetrics[0].metrics.map(({ name, sum, gauge, histogram, exponentialHistogram }) => {
      const { dataPoints = [] } = sum ?? gauge ?? histogram ?? exponentialHistogram ?? {}
      return [name, dataPoints.flatMap(({ exemplars = [] }) => exemplars)]
    }),
  )
}

/** The decoded request without exemplars. */
export function withoutExemplars(request: object): object {
  return JSON.parse(JSON.stringify(request), (key, value) => (key === 'exemplars' ? undefined : value))
}

/** Decodes a protobuf request. */
export const decodeMetrics = (bytes: Uint8Array): object => decodeRequest('metrics', bytes)
/** Decodes a JSON request. */
export const decodeJson = (bytes: Uint8Array): object => JSON.parse(new TextDecoder().decode(bytes)) as object

/** The same metrics without exemplars. */
export function metricsWithoutExemplars({ resource, scopeMetrics }: ResourceMetrics): ResourceMetrics {
  const bare = (metric: MetricData): MetricData =>
    ({
      ...metric,
      dataPoints: metric.dataPoints.map((one) => ({ ...one, exemplars: undefined })),
    }) as unknown as MetricData
  return {
    resource,
    scopeMetrics: scopeMetrics.map(({ scope, metrics }) => ({ scope, metrics: metrics.map(bare) })),
  }
}
