import {
  DataPointType,
  type ExponentialHistogram,
  type ExponentialHistogramMetricData,
} from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { histogram, point, resourceMetrics, written } from '../../testing/metric-data.ts'
import { toClassicHistograms } from './exponential-histogram.ts'

const EMPTY = { offset: 0, bucketCounts: [] }

function exponential(value: Partial<ExponentialHistogram>): ExponentialHistogram {
  return { count: 0, sum: 0, scale: 0, zeroCount: 0, positive: EMPTY, negative: EMPTY, ...value }
}

describe('an exponential histogram', () => {
  it('is converted to powers of two, exactly at every positive scale', () => {
    const positive = { offset: -4, bucketCounts: [1, 0, 2, 3, 4, 5] }
    const [classic] = toClassicHistograms([point(exponential({ scale: 2, positive, count: 15, sum: 9 }))])
    expect(classic?.value).toEqual({ buckets: { boundaries: [1, 2], counts: [6, 9, 0] }, count: 15, sum: 9 })
  })

  it('has the bounds of the coarsest series for all series', () => {
    const classic = toClassicHistograms([
      point(exponential({ scale: -1, positive: { offset: 0, bucketCounts: [1] } }), { n: 1 }),
      point(exponential({ scale: 0, positive: { offset: 0, bucketCounts: [1, 1, 1] } }), { n: 2 }),
    ])
    expect(classic.map(({ value }) => value.buckets)).toEqual([
      { boundaries: [4, 16], counts: [1, 0, 0] },
      { boundaries: [4, 16], counts: [2, 1, 0] },
    ])
  })

  it('has buckets for zero and negative values', () => {
    const value = exponential({
      zeroCount: 2,
      negative: { offset: 0, bucketCounts: [3, 4] },
      positive: { offset: 0, bucketCounts: [5] },
    })
    expect(toClassicHistograms([point(value)])[0]?.value.buckets).toEqual({
      boundaries: [-2, -1, 0, 2],
      counts: [4, 3, 2, 5, 0],
    })
  })

  it('is written as a histogram', () => {
    const positive = { offset: 0, bucketCounts: [1] }
    const metric: ExponentialHistogramMetricData = {
      ...histogram('h', []),
      dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
      dataPoints: [point(exponential({ positive, count: 1, sum: 1.5 }), { n: 1 })],
    }
    expect(written(resourceMetrics([metric]))).toEqual({
      reports: [],
      text: `# TYPE h histogram
h_bucket{le="2.0",n="1"} 1
h_bucket{le="+Inf",n="1"} 1
h_count{n="1"} 1
h_sum{n="1"} 1.5
`,
    })
  })

  it('can contain the smallest and the largest number', () => {
    const tiny = point(exponential({ positive: { offset: -1074, bucketCounts: [1] } }))
    const huge = point(exponential({ positive: { offset: 1023, bucketCounts: [1] } }))
    expect(toClassicHistograms([tiny, huge]).map(({ value }) => value.buckets)).toEqual([
      { boundaries: [2 ** -1073], counts: [1, 0] },
      { boundaries: [2 ** -1073], counts: [0, 1] },
    ])
  })
})
