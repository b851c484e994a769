import { resourceFromAttributes } from '@opentelemetry/resources'
import type { Exemplar } from '@vr/otel-metrics'
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
import { text004, text100 } from './classic-text.ts'
import { openMetrics100 } from './open-metrics.ts'

const resource = resourceFromAttributes({ 'service.name': 'gateway', 'deployment.zone': 'a' })
const example: Exemplar = {
  filteredAttributes: { user: 'u' },
  value: 0.7,
  timestamp: [1_700_000_010, 0],
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
}

const everything = resourceMetrics(
  [
    counter('http.requests', [point(3, { method: 'GET' }, [example]), point(1, { method: 'PUT' })], {
      unit: '{request}',
      description: 'Requests, "all" of\nthem \\',
    }),
    upDownCounter('in.flight', [point(0)]),
    gauge('temperature', [point(-1.5, {}, [example])], { unit: 'Cel' }),
    histogram('duration', [point(observed([0.5, 1], [0.2, 0.7, 3]), { route: '/' }, [example])], {
      unit: 's',
    }),
  ],
  { scope: { name: 'app', version: '1' }, resource },
)

describe('an exposition', () => {
  it('is written in text 0.0.4', () => {
    expect(written(everything, text004)).toEqual({
      reports: [],
      text: String.raw`# HELP target_info Target metadata
# TYPE target_info gauge
target_info{deployment_zone="a",service_name="gateway"} 1
# HELP http_requests_total Requests, "all" of\nthem \\
# TYPE http_requests_total counter
http_requests_total{method="GET"} 3
http_requests_total{method="PUT"} 1
# TYPE in_flight gauge
in_flight 0
# TYPE temperature_celsius gauge
temperature_celsius -1.5
# TYPE duration_seconds histogram
duration_seconds_bucket{le="0.5",route="/"} 1
duration_seconds_bucket{le="1.0",route="/"} 2
duration_seconds_bucket{le="+Inf",route="/"} 3
duration_seconds_count{route="/"} 3
duration_seconds_sum{route="/"} 3.9
`,
    })
  })

  it('is written in OpenMetrics 1.0.0 with exemplars and start times', () => {
    const ids = 'trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331",user="u"'
    expect(written(everything, openMetrics100, { created: true })).toEqual({
      reports: [],
      text: String.raw`# TYPE target info
# HELP target Target metadata
target_info{deployment_zone="a",service_name="gateway"} 1
# TYPE http_requests counter
# HELP http_requests Requests, \"all\" of\nthem \\
http_requests_total{method="GET"} 3 # {${ids}} 0.7 1700000010.000
http_requests_created{method="GET"} 1700000000.500
http_requests_total{method="PUT"} 1
http_requests_created{method="PUT"} 1700000000.500
# TYPE in_flight gauge
in_flight 0
# TYPE temperature_celsius gauge
# UNIT temperature_celsius celsius
temperature_celsius -1.5
# TYPE duration_seconds histogram
# UNIT duration_seconds seconds
duration_seconds_bucket{le="0.5",route="/"} 1
duration_seconds_bucket{le="1.0",route="/"} 2 # {${ids}} 0.7 1700000010.000
duration_seconds_bucket{le="+Inf",route="/"} 3
duration_seconds_count{route="/"} 3
duration_seconds_sum{route="/"} 3.9
duration_seconds_created{route="/"} 1700000000.500
# EOF
`,
    })
  })

  it('is the same in text 1.0.0 and 0.0.4 with legacy names', () => {
    expect(written(everything, text100)).toEqual(written(everything, text004))
  })

  it('has quoted UTF-8 names without translation if the scraper accepts them', () => {
    const settings = { translationStrategy: 'NoTranslation', created: true } as const
    const text = written(everything, openMetrics100, settings, 'allow-utf-8').text
    expect(text.split('\n').filter((line) => /http|duration/.test(line))).toEqual([
      '# TYPE "http.requests" counter',
      String.raw`# HELP "http.requests" Requests, \"all\" of\nthem \\`,
      `{"http.requests_total",method="GET"} 3 # {trace_id="${example.traceId}",span_id="${example.spanId}",user="u"} 0.7 1700000010.000`,
      '{"http.requests_created",method="GET"} 1700000000.500',
      '{"http.requests_total",method="PUT"} 1',
      '{"http.requests_created",method="PUT"} 1700000000.500',
      '# TYPE duration histogram',
      'duration_bucket{le="0.5",route="/"} 1',
      `duration_bucket{le="1.0",route="/"} 2 # {trace_id="${example.traceId}",span_id="${example.spanId}",user="u"} 0.7 1700000010.000`,
      'duration_bucket{le="+Inf",route="/"} 3',
      'duration_count{route="/"} 3',
      'duration_sum{route="/"} 3.9',
      'duration_created{route="/"} 1700000000.500',
    ])
    expect(written(everything, text100, settings, 'allow-utf-8').text).toContain(
      'target_info{"deployment.zone"="a","service.name"="gateway"} 1\n',
    )
    expect(written(everything, text004, settings).text).toContain(
      '# TYPE http_requests counter\nhttp_requests{method="GET"} 3\n',
    )
  })

  it('is empty without metrics, except for the end of OpenMetrics', () => {
    expect(written(resourceMetrics([])).text).toBe('')
    expect(written(resourceMetrics([counter('empty', [])])).text).toBe('')
    expect(written(resourceMetrics([]), openMetrics100).text).toBe('# EOF\n')
  })

  it('has constant labels, scope labels and no target_info if configured', () => {
    const settings = { withResourceConstantLabels: /zone/, withoutTargetInfo: true, withoutScopeInfo: false }
    const collected = resourceMetrics(
      [upDownCounter('x', [point(1, { otel_scope_name: 'mine', deployment_zone: 'b' })])],
      {
        scope: { name: 'app', version: '1' },
        resource,
      },
    )
    expect(written(collected, text004, settings).text).toBe(
      `# TYPE x gauge
x{deployment_zone="a",exported_deployment_zone="b",exported_otel_scope_name="mine",otel_scope_name="app",otel_scope_version="1"} 1
`,
    )
  })

  it('has scope labels except for unlabelled scopes', () => {
    const { resource: none } = resourceMetrics([])
    const scopeMetrics = ['ours', 'theirs'].map((name) => ({
      scope: { name },
      metrics: [upDownCounter('x', [point(1)])],
    }))
    const settings = { withoutScopeInfo: false, unlabelledScopes: new Set(['ours']) }
    expect(written({ resource: none, scopeMetrics }, text004, settings)).toEqual({
      reports: [],
      text: '# TYPE x gauge\nx 1\nx{otel_scope_name="theirs"} 1\n',
    })
  })

  it('contains only the families selected by their name or a sample name', () => {
    const { exposition: writer } = exposition()
    const typesOf = (...names: string[]): string =>
      [...writer.write(everything, text004, new Set(names))]
        .join('')
        .split('\n')
        .filter((line) => line.startsWith('# TYPE'))
        .join()
    expect(typesOf('in_flight')).toBe('# TYPE in_flight gauge')
    expect(typesOf('http_requests_total', 'duration_seconds_sum')).toBe(
      '# TYPE http_requests_total counter,# TYPE duration_seconds histogram',
    )
    expect(typesOf('target_info')).toBe('# TYPE target_info gauge')
    expect(typesOf('none')).toBe('')
  })
})

describe('a cached exposition', () => {
  it('is the same in the next scrape, in any format', () => {
    const { exposition: writer } = exposition()
    const texts = [text004, openMetrics100, text004, openMetrics100].map((format) =>
      [...writer.write(everything, format)].join(''),
    )
    expect(texts).toEqual([texts[0], texts[1], texts[0], texts[1]])
  })

  it('shows changed order, reused attribute objects, new series and removed series', () => {
    const { exposition: writer } = exposition()
    const lines = (...points: ReturnType<typeof point<number>>[]): string =>
      [...writer.write(resourceMetrics([upDownCounter('x', points)]), text004)]
        .join('')
        .replace('# TYPE x gauge\n', '')
    const reused = { a: '1' }
    const list = { a: ['1'] }
    expect(lines(point(1, reused), point(2, { a: '2' }))).toBe('x{a="1"} 1\nx{a="2"} 2\n')
    expect(lines(point(2, { a: '2' }), point(1, reused))).toBe('x{a="2"} 2\nx{a="1"} 1\n')
    reused.a = '3'
    expect(lines(point(2, { a: '2' }), point(1, reused))).toBe('x{a="2"} 2\nx{a="3"} 1\n')
    expect(lines(point(2, { a: '2', b: '1' }))).toBe('x{a="2",b="1"} 2\n')
    expect(lines(point(2, { a: '2' }))).toBe('x{a="2"} 2\n')
    expect(lines(point(2, list))).toBe('x{a="[\\"1\\"]"} 2\n')
    list.a[0] = '2'
    expect(lines(point(2, list))).toBe('x{a="[\\"2\\"]"} 2\n')
  })
})

describe('bounds of a histogram', () => {
  it('that no parser accepts are omitted; their counts are kept', () => {
    const buckets = { boundaries: [1, 1, 5, 3, 7, 1 / 0], counts: [1, 2, 3, 4, 5, 6, 7] }
    const collected = resourceMetrics([histogram('h', [point({ buckets, count: 0, sum: 1 })])])
    expect(written(collected).text).toBe(`# TYPE h histogram
h_bucket{le="1.0"} 3
h_bucket{le="5.0"} 6
h_bucket{le="7.0"} 15
h_bucket{le="+Inf"} 28
h_count 28
h_sum 1
`)
  })
})
