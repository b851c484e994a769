import type { Exemplar } from '@vr/otel-metrics'
import { describe, expect, it } from 'vitest'
import {
  counter,
  END,
  exposition,
  gauge,
  histogram,
  observed,
  point,
  resourceMetrics,
  START,
  written,
} from '../../testing/metric-data.ts'
import type { ExemplarPoint } from './exemplar.ts'
import { openMetrics100 } from './open-metrics.ts'

const warning = (name: string, effect = 'their values are added'): string =>
  `series of ${name} have the same labels in Prometheus, so ${effect}: their attributes differ only in empty values, in types or in characters that a label name cannot have, or their scopes have no labels`

function exemplar(seconds: number): Exemplar {
  return { filteredAttributes: {}, value: 1, timestamp: [seconds, 0] }
}

describe('series with the same labels', () => {
  it('of a counter are added, with the older start time and the newer exemplar', () => {
    const later = {
      ...point(4, { n: '1' }, [exemplar(20)]),
      startTime: [START[0] + 9, 0] as [number, number],
    }
    const metrics = [counter('c', [point(3, { n: 1 }, [exemplar(10)]), later, point(9, { n: 2 })])]
    expect(written(resourceMetrics(metrics), openMetrics100, { created: true })).toEqual({
      reports: [warning('c')],
      text: `# TYPE c counter
c_total{n="1"} 7 # {} 1 20.000
c_created{n="1"} 1700000000.500
c_total{n="2"} 9
c_created{n="2"} 1700000000.500
# EOF
`,
    })
  })

  it('of a gauge become the one collected last, or first seen last in one collection', () => {
    const later = { ...point(5, { a: '' }), endTime: [END[0] + 1, 0] as [number, number] }
    const metrics = [
      gauge('g', [point(3, { 'a.b': 'x' }), point(4, { a_b: 'x' })]),
      gauge('h', [point(3), later, point(4, { b: '' })]),
    ]
    expect(written(resourceMetrics(metrics))).toEqual({
      reports: [warning('g', 'the last one is exposed'), warning('h', 'the last one is exposed')],
      text: '# TYPE g gauge\ng{a_b="x"} 4\n# TYPE h gauge\nh 5\n',
    })
  })

  it('of scopes without labels are added', () => {
    const { resource } = resourceMetrics([])
    const scopeMetrics = ['a', 'b'].map((name) => ({
      scope: { name },
      metrics: [counter('c', [point(2, { n: 1 })])],
    }))
    expect(written({ resource, scopeMetrics })).toEqual({
      reports: [warning('c')],
      text: '# TYPE c_total counter\nc_total{n="1"} 4\n',
    })
  })

  it('of a histogram are added if they have the same buckets', () => {
    const points = [
      point(observed([1, 2], [0.5, 1.5]), { n: 1 }),
      point(observed([1, 2], [0.5, 9]), { n: '1' }),
      point(observed([1], [7]), { 'n ': '1', n: '' }),
      point(observed([1], [7]), { n: '1' }),
    ]
    expect(written(resourceMetrics([histogram('h', points)]))).toEqual({
      reports: [
        warning('h'),
        'series of h with the same labels have different buckets: one of them is not exposed',
      ],
      text: `# TYPE h histogram
h_bucket{le="1.0",n="1"} 2
h_bucket{le="2.0",n="1"} 3
h_bucket{le="+Inf",n="1"} 4
h_count{n="1"} 4
h_sum{n="1"} 11.5
h_bucket{le="1.0",n_="1"} 0
h_bucket{le="+Inf",n_="1"} 1
h_count{n_="1"} 1
h_sum{n_="1"} 7
`,
    })
  })

  it('stay merged when series are added later', () => {
    const { exposition: writer } = exposition()
    const scrape = (points: ExemplarPoint<number>[]): string =>
      [...writer.write(resourceMetrics([counter('c', points)]), openMetrics100)].join('')
    const points = [point(1), point(10, { t: 'x' }), point(2, { t: '' })]
    const text = '# TYPE c counter\nc_total 3\nc_total{t="x"} 10\n# EOF\n'
    expect([scrape(points), scrape(points)]).toEqual([text, text])
    expect(scrape([...points, point(4, { u: '' }), point(5, { t: 'y' })])).toBe(
      '# TYPE c counter\nc_total 7\nc_total{t="x"} 10\nc_total{t="y"} 5\n# EOF\n',
    )
    expect(scrape([point(1), point(10, { t: 'x' })])).toBe(
      '# TYPE c counter\nc_total 1\nc_total{t="x"} 10\n# EOF\n',
    )
  })
})
