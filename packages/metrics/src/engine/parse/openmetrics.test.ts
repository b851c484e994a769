import { describe, expect, it } from 'vitest'
import { parseExposition } from './parse-exposition.ts'

const parse = (text: string) => parseExposition(text, 'openmetrics')

describe('OpenMetrics', () => {
  it('has families of all its types, with units, start times and exemplars', () => {
    const text = [
      '# HELP tokens Tokens of \\"all\\" models\\n\\d.',
      '# TYPE tokens counter',
      'tokens_total{a="1"} 2.0 1.5 # {trace_id="ab",span_id="cd"} 0.5 1700000000.25',
      'tokens_created{a="1"} 1.7e9',
      'tokens_total{a="2"} 1 # {} 1',
      '# TYPE h_seconds histogram',
      '# UNIT h_seconds seconds',
      'h_seconds_bucket{le="0.5"} 1 # {x="1"} 0.25',
      'h_seconds_bucket{le="+Inf"} 2',
      'h_seconds_count 2',
      'h_seconds_sum 3',
      'h_seconds_created 5',
      '# TYPE g gaugehistogram',
      'g_bucket{le="-1.0"} 1',
      'g_bucket{le="+Inf"} 2',
      'g_gcount 2',
      'g_gsum -3',
      '# TYPE s summary',
      's{quantile="0.99"} NaN',
      's_count 2',
      's_sum 3',
      's_created 6',
      '# TYPE build info',
      'build_info{version="1"} 1',
      '# TYPE state stateset',
      'state{state="a"} 1',
      'state{state="b"} 0',
      '# TYPE free unknown',
      'free -1',
      '# TYPE none gauge',
      '# EOF',
    ].join('\n')
    const infinity = Number.POSITIVE_INFINITY
    expect(parse(`${text}\n`)).toEqual(parse(text))
    const points = Object.fromEntries(
      parse(text).map(({ name, type, points: all }) => [`${type} ${name}`, all]),
    )
    expect(points).toEqual({
      'counter tokens_total': [
        {
          labels: { a: '1' },
          value: 2,
          created: 1.7e9,
          exemplar: { labels: { trace_id: 'ab', span_id: 'cd' }, value: 0.5, timestamp: 1700000000.25 },
        },
        { labels: { a: '2' }, value: 1, exemplar: { labels: {}, value: 1 } },
      ],
      'histogram h_seconds': [
        {
          labels: {},
          buckets: [
            { bound: 0.5, count: 1, exemplar: { labels: { x: '1' }, value: 0.25 } },
            { bound: infinity, count: 2 },
          ],
          count: 2,
          sum: 3,
          created: 5,
        },
      ],
      'gaugehistogram g': [
        {
          labels: {},
          buckets: [
            { bound: -1, count: 1 },
            { bound: infinity, count: 2 },
          ],
          count: 2,
          sum: -3,
        },
      ],
      'summary s': [
        { labels: {}, quantiles: [{ quantile: 0.99, value: Number.NaN }], count: 2, sum: 3, created: 6 },
      ],
      'info build_info': [{ labels: { version: '1' }, value: 1 }],
      'stateset state': [
        { labels: { state: 'a' }, value: 1 },
        { labels: { state: 'b' }, value: 0 },
      ],
      'unknown free': [{ labels: {}, value: -1 }],
      'gauge none': [],
    })
    expect(parse(text)[0]?.help).toBe('Tokens of "all" models\n\\d.')
    expect(parse(text)[1]?.unit).toBe('seconds')
  })

  it('has quoted names', () => {
    const text = '# TYPE "my.metric" counter\n{"my.metric_total","l.x"="1"} 5\n# EOF\n'
    expect(parse(text)).toMatchObject([
      { name: 'my.metric_total', points: [{ labels: { 'l.x': '1' }, value: 5 }] },
    ])
  })
})
