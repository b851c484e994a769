import { AggregationTemporality } from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import {
  counter,
  exposition,
  gauge,
  histogram,
  observed,
  point,
  resourceMetrics,
  upDownCounter,
  written,
} from '../../testing/metric-data.ts'
import { text004 } from './classic-text.ts'
import { openMetrics100 } from './open-metrics.ts'

function conflict(instrument: string, gauge: string, name: string, owner: string): string {
  return `the metric "${instrument}" (gauge ${gauge}) is not exposed: the name ${name} belongs to ${owner}; rename one of the instruments`
}

describe('metrics that cannot be exposed', () => {
  it('omits a second type under one name with the same warning in every scrape', () => {
    const { exposition: writer, reports } = exposition()
    const collected = resourceMetrics([counter('a.b', [point(1)]), gauge('a_b', [point(2)])])
    for (let scrape = 0; scrape < 2; scrape += 1) {
      expect([...writer.write(collected, text004)].join('')).toBe('# TYPE a_b_total counter\na_b_total 1\n')
    }
    expect(new Set(reports)).toEqual(new Set([conflict('a_b', 'a_b', 'a_b', 'a_b')]))
  })

  it.each([
    ['a_total', conflict('a_total', 'a_total', 'a_total', 'a')],
    ['a_created', conflict('a_created', 'a_created', 'a_created', 'a')],
    ['h_bucket', conflict('h_bucket', 'h_bucket', 'h_bucket', 'h')],
    ['h.count', conflict('h.count', 'h_count', 'h_count', 'h')],
    ['target.info', conflict('target.info', 'target_info', 'target_info', 'target')],
    ['target', conflict('target', 'target', 'target', 'target')],
  ])('omits %s, which conflicts with the counter a, the histogram h or target_info', (name, warning) => {
    const first = [counter('a', [point(1)]), histogram('h', [point(observed([], [1]))])]
    expect(written(resourceMetrics([...first, gauge(name, [point(2)])]))).toEqual({
      text: written(resourceMetrics(first)).text,
      reports: [warning],
    })
  })

  it('omits metrics without a valid name, with delta temporality or with an unknown data point type', () => {
    const delta = { ...counter('delta', [point(1)]), aggregationTemporality: AggregationTemporality.DELTA }
    const unknown = { ...gauge('unknown', [point(1)]), dataPointType: 9 as never }
    expect(written(resourceMetrics([gauge('é', [point(1)]), delta, unknown]))).toEqual({
      text: '',
      reports: [
        'the metric "é" is not exposed: no character of its name is allowed in a Prometheus name',
        'the metric "delta" is not exposed: its temporality is delta; Prometheus needs cumulative',
        'the metric "unknown" is not exposed: its type of data point is unknown',
      ],
    })
  })

  it('omits the second of two descriptions', () => {
    const metrics = [
      gauge('a', [point(1, { n: 1 })]),
      gauge('a', [point(2, { n: 2 })], { description: 'one' }),
      gauge('a', [point(3, { n: 3 })], { description: 'two' }),
    ]
    expect(written(resourceMetrics(metrics))).toEqual({
      text: '# HELP a one\n# TYPE a gauge\na{n="1"} 1\na{n="2"} 2\na{n="3"} 3\n',
      reports: ['a has two descriptions: "one" is exposed, "two" is not'],
    })
  })

  it('omits NaN and negative values of a counter', () => {
    const points = [point(Number.NaN, { n: 1 }), point(-1, { n: 2 }), point(1 / 0, { n: 3 })]
    expect(written(resourceMetrics([counter('c', points)]))).toEqual({
      text: '# TYPE c_total counter\nc_total{n="3"} +Inf\n',
      reports: ['a series of the counter c is not exposed: its value is NaN or negative'],
    })
  })

  it('omits sum and count of a histogram in OpenMetrics where the sum can decrease', () => {
    const { sum: _, ...withoutSum } = observed([1], [0.5])
    const points = [point(observed([-1, 1], [-3, 0]), { n: 1 }), point(withoutSum, { n: 2 })]
    expect(written(resourceMetrics([histogram('h', points)]), openMetrics100).text).toBe(`# TYPE h histogram
h_bucket{le="-1.0",n="1"} 1
h_bucket{le="1.0",n="1"} 2
h_bucket{le="+Inf",n="1"} 2
h_bucket{le="1.0",n="2"} 1
h_bucket{le="+Inf",n="2"} 1
# EOF
`)
    expect(written(resourceMetrics([histogram('h', points)]), text004).text).toContain(
      'h_count{n="1"} 2\nh_sum{n="1"} -3\n',
    )
  })

  it('ends only the family whose data throws', () => {
    const broken = {
      get value(): number {
        throw new Error('gone')
      },
    }
    const bad = Object.assign(Object.create(broken), {
      attributes: { n: 2 },
      startTime: [0, 0],
      endTime: [0, 0],
    })
    const metrics = [upDownCounter('a', [point(1), bad]), upDownCounter('b', [point(2)])]
    expect(written(resourceMetrics(metrics), openMetrics100)).toEqual({
      text: '# TYPE a gauge\n# TYPE b gauge\nb 2\n# EOF\n',
      reports: ['the metric family a is incomplete: its data could not be read: Error: gone'],
    })
  })
})
