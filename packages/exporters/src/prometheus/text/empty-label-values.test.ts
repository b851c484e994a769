import {
  DataPointType,
  type ExponentialHistogram,
  type ExponentialHistogramMetricData,
} from '@opentelemetry/sdk-metrics'
import type { Exemplar } from '@vr/otel-metrics'
import { describe, expect, it } from 'vitest'
import {
  counter,
  histogram,
  observed,
  point,
  resourceMetrics,
  upDownCounter,
  written,
} from '../../testing/metric-data.ts'
import type { ExemplarPoint } from './exemplar.ts'
import { openMetrics100 } from './open-metrics.ts'

function exemplar(seconds: number, value = 1): Exemplar {
  return { filteredAttributes: {}, value, timestamp: [seconds, 0] }
}

/** An exponential histogram of positive values in the buckets from `offset` on. */
function exponential(
  scale: number,
  offset: number,
  bucketCounts: number[],
  sum: number,
): ExponentialHistogram {
  const count = bucketCounts.reduce((total, bucket) => total + bucket, 0)
  const negative = { offset: 0, bucketCounts: [] }
  return { count, sum, scale, zeroCount: 0, positive: { offset, bucketCounts }, negative }
}

function exponentialHistogram(
  name: string,
  dataPoints: ExemplarPoint<ExponentialHistogram>[],
): ExponentialHistogramMetricData {
  return { ...histogram(name, []), dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM, dataPoints }
}

describe('series that differ only in empty label values', () => {
  it('of a sum are added, with the newer exemplar', () => {
    const metrics = [
      counter('c', [point(2, { tenant: '' }, [exemplar(20)]), point(12, {}, [exemplar(10)])]),
      upDownCounter('u', [point(5), point(-7, { tenant: '' })]),
    ]
    expect(written(resourceMetrics(metrics), openMetrics100).text).toBe(`# TYPE c counter
c_total 14 # {} 1 20.000
# TYPE u gauge
u -2
# EOF
`)
  })

  it('of an explicit histogram are added, with the newest exemplar of each bucket', () => {
    const points = [
      point(observed([1, 2], [0.5]), { a: '', b: 'x' }, [exemplar(30, 0.5)]),
      point(observed([1, 2], [0.5, 1.5]), { b: 'x' }, [exemplar(10, 0.4), exemplar(11, 1.5)]),
    ]
    expect(written(resourceMetrics([histogram('h', points)]), openMetrics100).text).toBe(`# TYPE h histogram
h_bucket{le="1.0",b="x"} 2 # {} 0.5 30.000
h_bucket{le="2.0",b="x"} 3 # {} 1.5 11.000
h_bucket{le="+Inf",b="x"} 3
h_count{b="x"} 3
h_sum{b="x"} 2.5
# EOF
`)
  })

  it('of an exponential histogram are added, with different scales and across unlabelled scopes', () => {
    const { resource } = resourceMetrics([])
    const scopeMetrics = [
      {
        scope: { name: 'a' },
        metrics: [exponentialHistogram('h', [point(exponential(0, 0, [1, 2], 5), { a: '' })])],
      },
      { scope: { name: 'b' }, metrics: [exponentialHistogram('h', [point(exponential(-1, 1, [4], 9))])] },
    ]
    const { text, reports } = written({ resource, scopeMetrics })
    expect(text).toBe(`# TYPE h histogram
h_bucket{le="4.0"} 3
h_bucket{le="16.0"} 7
h_bucket{le="+Inf"} 7
h_count 7
h_sum 14
`)
    expect(reports).toEqual([expect.stringContaining('so their values are added')])
  })

  it('are kept apart if keys with one label name are joined, since the joined value is not empty', () => {
    const points = [
      point(1, { 'a.b': '', a_b: '' }),
      point(2, { 'a.b': '' }),
      point(4),
      point(8, { 'a.b': '', a_b: 'x' }),
    ]
    expect(written(resourceMetrics([counter('c', points)])).text).toBe(
      '# TYPE c_total counter\nc_total{a_b=";"} 1\nc_total 6\nc_total{a_b=";x"} 8\n',
    )
  })
})
