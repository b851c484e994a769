import type { Attributes, Meter } from '@opentelemetry/api'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { type IMetricReader, MeterProvider } from '@opentelemetry/sdk-metrics'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { request, serve } from '../testing/loopback.ts'
import { parseStrictly } from '../testing/strict-parser.ts'
import { PrometheusReader, type PrometheusReaderOptions } from './reader.ts'

/** Instruments of every kind, with the family names of upstream and of this package. */
const INSTRUMENTS = [
  {
    kind: 'counter',
    name: 'http.requests',
    unit: '{request}',
    upstream: 'http_requests_total',
    ours: 'http_requests_total',
  },
  {
    kind: 'counter',
    name: 'bytes.sent',
    unit: 'By',
    upstream: 'bytes_sent_total',
    ours: 'bytes_sent_bytes_total',
  },
  { kind: 'upDown', name: 'in.flight', unit: '', upstream: 'in_flight', ours: 'in_flight' },
  { kind: 'gauge', name: 'hit', unit: '1', upstream: 'hit', ours: 'hit_ratio' },
  { kind: 'histogram', name: 'duration', unit: 's', upstream: 'duration', ours: 'duration_seconds' },
  { kind: 'histogram', name: 'size', unit: '', upstream: 'size', ours: 'size' },
] as const

interface Recorded {
  readonly instrument: (typeof INSTRUMENTS)[number]
  readonly value: number
  readonly attributes: Attributes
}

const text = fc.oneof(fc.constantFrom('GET', '/a/{b}', '', 'q"\\\n'), fc.string({ maxLength: 6 }))

/** Attribute keys that upstream translates correctly too, without two that become equal. */
const recorded: fc.Arbitrary<Recorded> = fc.record({
  instrument: fc.constantFrom(...INSTRUMENTS),
  value: fc.oneof(fc.integer({ min: 0, max: 1e9 }), fc.double({ min: 0, max: 1e9, noNaN: true })),
  attributes: fc.dictionary(
    fc.constantFrom('method', 'http.route', 'status-code', 'A'),
    fc.oneof(text, fc.integer(), fc.boolean(), fc.array(text, { maxLength: 2 })),
  ),
})

const options: fc.Arbitrary<PrometheusReaderOptions> = fc.record(
  {
    prefix: fc.constant('app'),
    withResourceConstantLabels: fc.constantFrom(/^zone/, /service/),
    withoutScopeInfo: fc.boolean(),
    withoutTargetInfo: fc.boolean(),
  },
  { requiredKeys: [] },
)

function record(meter: Meter, { instrument: { kind, name, unit }, value, attributes }: Recorded): void {
  if (kind === 'counter') meter.createCounter(name, { unit }).add(value, attributes)
  else if (kind === 'upDown') meter.createUpDownCounter(name, { unit }).add(value, attributes)
  else if (kind === 'gauge') meter.createGauge(name, { unit }).record(value, attributes)
  else meter.createHistogram(name, { unit }).record(value, attributes)
}

type Series = Readonly<Record<string, number>>

/** Parses upstream's exposition leniently into types by family and values by name and sorted labels. */
function readUpstream(exposition: string): { types: Record<string, string>; series: Series } {
  const types: Record<string, string> = {}
  const series: Record<string, number> = {}
  for (const line of exposition.split('\n')) {
    const [, family, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? []
    if (family !== undefined && type !== undefined) types[family] = type
    if (line === '' || line.startsWith('#')) continue
    const [, name = '', labels = '', value = ''] = /^([^{ ]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    series[key(name, pairs(labels))] = Number(value)
  }
  return { types, series }
}

function pairs(labels: string): (readonly [string, string])[] {
  return [...labels.matchAll(/([^=,]+)="((?:[^"\\]|\\.)*)"/g)].map(([, name = '', value = '']) => [
    name,
    value.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character)),
  ])
}

function key(name: string, labels: readonly (readonly [string, string])[]): string {
  return JSON.stringify([name, [...labels].sort(([a], [b]) => (a < b ? -1 : 1))])
}

/** Applies the allowed differences in names and `le`; see also `expected`. */
function translated(name: string, labels: readonly (readonly [string, string])[], prefix: string): string {
  const instrument = INSTRUMENTS.find(({ upstream }) => {
    const rest = name.slice(prefix.length + upstream.length)
    return name.startsWith(prefix + upstream) && ['', '_bucket', '_count', '_sum'].includes(rest)
  })
  const ours = instrument
    ? prefix + instrument.ours + name.slice(prefix.length + instrument.upstream.length)
    : name
  return key(
    ours,
    labels.map(
      ([label, value]) => [label, label === 'le' && !/[.I]/.test(value) ? `${value}.0` : value] as const,
    ),
  )
}

/** What Prometheus stores: empty labels are absent, and equal series are added, of a gauge the last one. */
function expected(upstream: Series, prefix: string): Series {
  const stored: Record<string, number> = {}
  for (const [id, value] of Object.entries(upstream)) {
    const [name, labels]: [string, [string, string][]] = JSON.parse(id)
    const present = labels.filter(([, text]) => text !== '')
    const ours = translated(name, present, prefix)
    stored[ours] = name === `${prefix}hit` ? value : (stored[ours] ?? 0) + value
  }
  return stored
}

function readOurs(exposition: string): { types: Record<string, string>; series: Series } {
  const families = parseStrictly(exposition, 'text')
  return {
    types: Object.fromEntries(families.map(({ name, type }) => [name, type])),
    series: Object.fromEntries(
      families.flatMap(({ samples }) =>
        samples.map(({ name, labels, value }) => [key(name, Object.entries(labels)), value]),
      ),
    ),
  }
}

async function scrapes(
  records: readonly Recorded[],
  chosen: PrometheusReaderOptions,
): Promise<[string, string]> {
  const upstream = new PrometheusExporter({ ...chosen, preventServerStart: true })
  const ours = new PrometheusReader(chosen)
  const resource = resourceFromAttributes({ 'service.name': 'a "service"', zone: 'z', number: 7 })
  const provider = new MeterProvider({ readers: [upstream as unknown as IMetricReader, ours], resource })
  for (const one of records) record(provider.getMeter('scope', '1.0', { schemaUrl: 'http://schema' }), one)
  const server = await serve((request, response) => {
    if (request.url === '/upstream') upstream.getMetricsRequestHandler(request, response)
    else ours.handler(request, response)
  })
  const answers = await Promise.all([request(server.port, { path: '/upstream' }), request(server.port)])
  await server.close()
  await provider.shutdown()
  const [theirs, own] = answers.map(({ body }) => body.toString())
  return [theirs ?? '', own ?? '']
}

describe('compared with @opentelemetry/exporter-prometheus', () => {
  it('the same measurements and options give the same series, except for units, the format of le and empty labels', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(recorded, { maxLength: 12 }), options, async (records, chosen) => {
        const [theirs, own] = await scrapes(records, chosen)
        const { types, series } = readUpstream(theirs)
        const prefix = chosen.prefix === undefined ? '' : `${chosen.prefix}_`
        expect(readOurs(own).series).toEqual(expected(series, prefix))
        const { types: ourTypes } = readOurs(own)
        const named = Object.entries(types).map(([name, type]) => [
          JSON.parse(translated(name, [], prefix))[0],
          type,
        ])
        expect(ourTypes).toEqual(Object.fromEntries(named))
      }),
      { numRuns: 60 },
    )
  })
})
