import type { Attributes, AttributeValue } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { Histogram, MetricData, ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics'
import type { Exemplar } from '@vr/otel-metrics'
import fc from 'fast-check'
import type { ExemplarPoint } from '../prometheus/text/exemplar.ts'
import { counter, gauge, histogram, observed, point, upDownCounter } from './metric-data.ts'

const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({ maxLength: 8 }),
  fc.constantFrom(
    '',
    'a"\n} 5\nevil_metric 42\n#',
    '\\',
    '\\n',
    '\r',
    '\u0000',
    '\u2028',
    '\ud800',
    '# EOF\n',
    '😱',
  ),
)

/** Attribute keys that collide, that the exposition uses itself, that objects have, and arbitrary text. */
const key: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'a.b',
    'a_b',
    'le',
    'exported_le',
    'quantile',
    '__name__',
    '__proto__',
    'constructor',
  ),
  fc.constantFrom('otel_scope_name', 'otel.scope.name', 'trace_id', '', '1', '0x', 'é', 'zone'),
  text,
)

const value: fc.Arbitrary<AttributeValue> = fc.oneof(
  text,
  fc.double(),
  fc.boolean(),
  fc.array(text, { maxLength: 2 }),
)

const attributes: fc.Arbitrary<Attributes> = fc
  .array(fc.tuple(key, value), { maxLength: 4 })
  .map((entries) => Object.fromEntries(entries))

const name: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'a',
    'a.b',
    'a_b',
    'a_total',
    'a.created',
    'a_bucket',
    'a.count',
    'target',
    'target_info',
    'vllm:x',
    '9',
  ),
  text,
)

const unit: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', '1', 's', 'By', '{request}', 'By/s', 'x y'),
  text,
)

const exemplar: fc.Arbitrary<Exemplar> = fc
  .record({
    filteredAttributes: attributes,
    value: fc.double(),
    timestamp: fc.tuple(fc.integer({ min: -1, max: 2e9 }), fc.integer({ min: 0, max: 999_999_999 })),
    ids: fc.option(fc.constant({ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) }), { nil: {} }),
  })
  .map(({ ids, ...others }) => ({ ...others, ...ids }))

const exemplars = fc.array(exemplar, { maxLength: 3 })

const number: fc.Arbitrary<number> = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, 1e21, 5e-324))

const numbers: fc.Arbitrary<ExemplarPoint<number>[]> = fc.array(
  fc.tuple(number, attributes, exemplars).map(([v, a, e]) => point(v, a, e)),
  { maxLength: 4 },
)

const boundaries: fc.Arbitrary<number[]> = fc
  .array(fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -5, max: 5 })), { maxLength: 5 })
  .map((bounds) => bounds.sort((a, b) => a - b))

const histogramValue: fc.Arbitrary<Histogram> = fc
  .tuple(boundaries, fc.array(number, { maxLength: 5 }), fc.boolean())
  .map(([bounds, values, withSum]) => {
    const { sum, ...others } = observed(bounds, values)
    return withSum && sum !== undefined ? { ...others, sum } : others
  })

const histograms: fc.Arbitrary<ExemplarPoint<Histogram>[]> = fc.array(
  fc.tuple(histogramValue, attributes, exemplars).map(([v, a, e]) => point(v, a, e)),
  { maxLength: 3 },
)

const described = fc.record({ unit, description: text })

const metric: fc.Arbitrary<MetricData> = fc.oneof(
  fc.tuple(name, numbers, described).map((all) => counter(...all)),
  fc.tuple(name, numbers, described).map((all) => upDownCounter(...all)),
  fc.tuple(name, numbers, described).map((all) => gauge(...all)),
  fc.tuple(name, histograms, described).map((all) => histogram(...all)),
)

const scopeMetrics: fc.Arbitrary<ScopeMetrics> = fc.record({
  scope: fc.record({ name: fc.oneof(fc.constantFrom('ours', 'theirs'), text), version: text }),
  metrics: fc.array(metric, { maxLength: 5 }),
})

/** Arbitrary collected metrics, with hostile text everywhere. */
export const arbitraryMetrics: fc.Arbitrary<ResourceMetrics> = fc
  .record({ resource: attributes, scopeMetrics: fc.array(scopeMetrics, { maxLength: 3 }) })
  .map(({ resource, scopeMetrics: scopes }) => ({
    resource: resourceFromAttributes(resource),
    scopeMetrics: scopes,
  }))
