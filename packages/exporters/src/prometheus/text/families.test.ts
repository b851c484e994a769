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

describe('what cannot be exposed', () => {
  it('as another type under the same name is left out and reported once', () => {
    const { exposition: writer, reports } = exposition()
    const collected = resourceMetrics([counter('a.b', [point(1)]), gauge('a_b', [point(2)])])
    for (let scrape = 0; scrape < 2; scrape += 1) {
      expect([...writer.write(collected, text004)].join('')).toBe('# TYPE a_b_total counter\na_b_total 1\n')
    }
    expect(new Set(reports)).toEqual(new Set(['"a_b" (gauge a_b) is left out: a_b has the name a_b']))
  })

  it.each([
    ['a_total', '"a_total" (gauge a_total) is left out: a has the name a_total'],
    ['a_created', '"a_created" (gauge a_created) is left out: a has the name a_created'],
    ['h_bucket', '"h_bucket" (gauge h_bucket) is left out: h has the name h_bucket'],
    ['h.count', '"h.count" (gauge h_count) is left out: h has the name h_count'],
    ['target.info', '"target.info" (gauge target_info) is left out: target has the name target_info'],
    ['target', '"target" (gauge target) is left out: target has the name target'],
  ])('%s beside a counter a and a histogram h is left out', (name, report) => {
    const first = [counter('a', [point(1)]), histogram('h', [point(observed([], [1]))])]
    expect(written(resourceMetrics([...first, gauge(name, [point(2)])]))).toEqual({
      text: written(resourceMetrics(first)).text,
      reports: [report],
    })
  })

  it('for its name, its kind or its temporality is left out', () => {
    const delta = { ...counter('delta', [point(1)]), aggregationTemporality: AggregationTemporality.DELTA }
    const unknown = { ...gauge('unknown', [point(1)]), dataPointType: 9 as never }
    expect(written(resourceMetrics([gauge('é', [point(1)]), delta, unknown]))).toEqual({
      text: '',
      reports: [
        '"é" is left out: nothing of its name is allowed in a metric name',
        '"delta" is left out: its temporality is delta, and an exposition is cumulative',
        '"unknown" is left out: its kind of data point is not known',
      ],
    })
  })

  it('of two descriptions is the second', () => {
    const metrics = [
      gauge('a', [point(1, { n: 1 })]),
      gauge('a', [point(2, { n: 2 })], { description: 'one' }),
      gauge('a', [point(3, { n: 3 })], { description: 'two' }),
    ]
    expect(written(resourceMetrics(metrics))).toEqual({
      text: '# HELP a one\n# TYPE a gauge\na{n="1"} 1\na{n="2"} 2\na{n="3"} 3\n',
      reports: ['a has two descriptions, "one" is used, not "two"'],
    })
  })

  it('of a counter is NaN and what is negative', () => {
    const points = [point(Number.NaN, { n: 1 }), point(-1, { n: 2 }), point(1 / 0, { n: 3 })]
    expect(written(resourceMetrics([counter('c', points)]))).toEqual({
      text: '# TYPE c_total counter\nc_total{n="3"} +Inf\n',
      reports: ['a series of the counter c is NaN or negative and is left out'],
    })
  })

  it('of a histogram in OpenMetrics are sum and count, where a sum may fall', () => {
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

  it('because it throws ends its family, not the exposition', () => {
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
      reports: ['a could not be written: Error: gone'],
    })
  })
})
