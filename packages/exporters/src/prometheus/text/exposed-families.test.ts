import type { MetricData } from '@opentelemetry/sdk-metrics'
import type { ExposedMetric, Family } from '@vr/otel-metrics/internal'
import { describe, expect, it } from 'vitest'
import {
  counter,
  gauge,
  histogram,
  observed,
  point,
  resourceMetrics,
  written,
} from '../../testing/metric-data.ts'
import { text004 } from './classic-text.ts'
import { openMetrics100 } from './open-metrics.ts'

const withFamily = (metric: MetricData, exposed: Family): ExposedMetric => ({ ...metric, exposed })
const other = (exposed: Family): ExposedMetric => withFamily(gauge(exposed.name, []), exposed)
const labels = { upstream: 'a' }
const ID = '0af7651916cd43dd8448eb211c80319c'
const NUMBERS = [{ labels, value: 1 }]

const counters = (name: string): ExposedMetric =>
  withFamily(counter(name, [point(5, labels)], { unit: 's' }), {
    name,
    type: 'counter',
    unit: '',
    help: 'Help of "it"\n.',
    points: [{ labels, value: 5 }],
  })

const summary: Family = {
  name: 'engine:latency_seconds',
  type: 'summary',
  unit: 'seconds',
  help: 'Latency.',
  points: [{ labels, quantiles: [{ quantile: 0.5, value: Number.NaN }], count: 2, sum: 3.5, created: 1.25 }],
}

const lines = (metrics: MetricData[], format: typeof text004, settings = {}): string[] =>
  written(resourceMetrics(metrics, { scope: { name: 'engine' } }), format, {
    withoutScopeInfo: false,
    ...settings,
  })
    .text.split('\n')
    .slice(0, -1)

describe('a family that was read from another exposition', () => {
  it('keeps its name, its unit and its help, and has no labels of a scope', () => {
    expect(lines([counters('vllm:x_total')], text004)).toEqual([
      String.raw`# HELP vllm:x_total Help of "it"\n.`,
      '# TYPE vllm:x_total counter',
      'vllm:x_total{upstream="a"} 5',
    ])
    expect(lines([counters('vllm:x_total')], openMetrics100)).toEqual([
      '# TYPE vllm:x counter',
      String.raw`# HELP vllm:x Help of \"it\"\n.`,
      'vllm:x_total{upstream="a"} 5',
      '# EOF',
    ])
  })

  it('has neither the prefix of the reader nor suffixes of its translation', () => {
    expect(lines([counters('vllm:x_total')], text004, { prefix: 'p' })).toContain(
      'vllm:x_total{upstream="a"} 5',
    )
  })

  it('is unknown in OpenMetrics if it is a counter without _total, which keeps its name', () => {
    expect(lines([counters('vllm:x')], openMetrics100).slice(0, 3)).toEqual([
      '# TYPE vllm:x unknown',
      String.raw`# HELP vllm:x Help of \"it\"\n.`,
      'vllm:x{upstream="a"} 5',
    ])
    expect(lines([counters('vllm:x')], text004)[1]).toBe('# TYPE vllm:x counter')
  })

  it('is written as a summary', () => {
    expect(lines([other(summary)], text004)).toEqual([
      '# HELP engine:latency_seconds Latency.',
      '# TYPE engine:latency_seconds summary',
      'engine:latency_seconds{quantile="0.5",upstream="a"} NaN',
      'engine:latency_seconds_count{upstream="a"} 2',
      'engine:latency_seconds_sum{upstream="a"} 3.5',
    ])
    expect(lines([other(summary)], openMetrics100, { created: true })).toEqual([
      '# TYPE engine:latency_seconds summary',
      '# UNIT engine:latency_seconds seconds',
      '# HELP engine:latency_seconds Latency.',
      'engine:latency_seconds{quantile="0.5",upstream="a"} NaN',
      'engine:latency_seconds_count{upstream="a"} 2',
      'engine:latency_seconds_sum{upstream="a"} 3.5',
      'engine:latency_seconds_created{upstream="a"} 1.250',
      '# EOF',
    ])
  })

  it.each([
    ['unknown', 'x', '# TYPE x untyped', '# TYPE x unknown'],
    ['info', 'x_info', '# TYPE x_info gauge', '# TYPE x info'],
    ['stateset', 'x', '# TYPE x gauge', '# TYPE x stateset'],
  ] as const)('is written as %s', (type, name, classic, open) => {
    const metric = other({ name, type, unit: '', help: '', points: NUMBERS })
    expect(lines([metric], text004)).toEqual([classic, `${name}{upstream="a"} 1`])
    expect(lines([metric], openMetrics100)).toEqual([open, `${name}{upstream="a"} 1`, '# EOF'])
  })

  it('is written as a gauge histogram with exemplars, which text 0.0.4 has as untyped samples', () => {
    const exemplar = { labels: { trace_id: ID }, value: 0.2, timestamp: 12.5 }
    const metric = other({
      name: 'x',
      type: 'gaugehistogram',
      unit: '',
      help: '',
      points: [
        {
          labels,
          buckets: [
            { bound: 1, count: 1, exemplar },
            { bound: Infinity, count: 3 },
          ],
          count: 3,
          sum: -1,
        },
      ],
    })
    const [first, ...others] = [
      'x_bucket{le="1.0",upstream="a"} 1',
      'x_bucket{le="+Inf",upstream="a"} 3',
      'x_gcount{upstream="a"} 3',
      'x_gsum{upstream="a"} -1',
    ]
    expect(lines([metric], text004)).toEqual([first, ...others])
    expect(lines([metric], openMetrics100)).toEqual([
      '# TYPE x gaugehistogram',
      `${first} # {trace_id="${ID}"} 0.2 12.500`,
      ...others,
      '# EOF',
    ])
  })

  it('has _created only if the engine has it', () => {
    const metric = (created: object): ExposedMetric =>
      withFamily(histogram('h', [point(observed([1], [0.5]), labels)]), {
        name: 'h',
        type: 'histogram',
        unit: '',
        help: '',
        points: [{ labels, buckets: [{ bound: Infinity, count: 1 }], count: 1, ...created }],
      })
    const hasCreated = (created: object): boolean =>
      lines([metric(created)], openMetrics100, { created: true }).some((line) => line.startsWith('h_created'))
    expect(hasCreated({ created: 7 })).toBe(true)
    expect(hasCreated({})).toBe(false)
  })

  it('is not exposed, with a warning, if a metric of ours or an earlier family has one of its names', () => {
    const ours = counter('vllm.x', [point(1)])
    const first = other({ name: 'same', type: 'unknown', unit: '', help: '', points: NUMBERS })
    const second = other({ name: 'same', type: 'info', unit: '', help: '', points: NUMBERS })
    const { text, reports } = written(
      resourceMetrics([ours, counters('vllm_x_total'), first, second]),
      text004,
      { withoutScopeInfo: true },
    )
    expect(text).toBe(
      '# TYPE vllm_x_total counter\nvllm_x_total 1\n# TYPE same untyped\nsame{upstream="a"} 1\n',
    )
    expect(reports).toEqual([
      'the metric vllm_x_total of an engine or another library is not exposed: the name vllm_x belongs to vllm_x',
      'the metric same of an engine or another library is not exposed: the name same belongs to same',
    ])
  })

  it('keeps characters outside of legacy names for scrapers that accept them, and escapes them for others', () => {
    const metric = other({
      name: 'a.b',
      type: 'unknown',
      unit: '',
      help: '',
      points: [{ labels: { 'k.l': 'v' }, value: 1 }],
    })
    expect(lines([metric], openMetrics100, {})).toContain('a_b{k_l="v"} 1')
  })
})
