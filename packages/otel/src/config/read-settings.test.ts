import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { problemLines } from '../testing/problem-lines.ts'
import { formatValue } from './print-settings.ts'
import { type Environment, readSettings } from './read-settings.ts'
import type { Setting } from './setting.ts'
import { SETTINGS } from './settings.ts'

const rows = Object.entries(SETTINGS) as [keyof typeof SETTINGS, Setting<unknown>][]

describe('OTEL_PROPAGATORS', () => {
  it.each<[Environment, readonly string[], readonly string[]]>([
    [{}, ['tracecontext'], []],
    [{ OTEL_PROPAGATORS: 'tracecontext,baggage' }, ['tracecontext', 'baggage'], ['*']],
    [{ OTEL_PROPAGATORS: 'Baggage' }, ['baggage'], ['*']],
    [{ OTEL_PROPAGATORS: 'none' }, [], []],
    [{ OTEL_PROPAGATORS: 'baggage', VR_TRACING_BAGGAGE: 'tenant' }, ['baggage'], ['tenant']],
    [{ OTEL_PROPAGATORS: 'none', VR_TRACING_BAGGAGE: 'tenant' }, [], ['tenant']],
  ])('%j: propagators %j, baggage %j', (environment, propagators, baggageKeys) => {
    expect(readSettings(environment)).toMatchObject({ settings: { propagators, baggageKeys }, problems: [] })
  })

  it('reports each unsupported propagator once and uses the others', () => {
    const expected =
      'tracecontext or baggage, several separated by commas, or none alone; others are not supported'
    const using = 'using VR_TRACING_BAGGAGE=none OTEL_PROPAGATORS=tracecontext'
    const environment = { OTEL_PROPAGATORS: 'b3multi,tracecontext, xray' }
    expect(readSettings(environment).settings).toMatchObject({
      propagators: ['tracecontext'],
      baggageKeys: [],
    })
    expect(problemLines(environment)).toEqual(
      ['b3multi', 'xray'].map((name) => `OTEL_PROPAGATORS: got "${name}", expected ${expected}, ${using}`),
    )
    expect(problemLines({ OTEL_PROPAGATORS: 'b3' })).toEqual([
      `OTEL_PROPAGATORS: got "b3", expected ${expected}, ${using}`,
    ])
  })
})

describe('OTEL_TRACES_EXPORTER', () => {
  it.each<[string, readonly string[], number]>([
    ['otlp', ['otlp'], 0],
    ['none', [], 0],
    ['zipkin', ['otlp'], 1],
    ['otlp,console', ['otlp'], 1],
  ])('%s: exporters %j, %d problems', (text, tracesExporter, count) => {
    const environment = { OTEL_TRACES_EXPORTER: text }
    expect(readSettings(environment).settings.tracesExporter).toEqual(tracesExporter)
    const lines = problemLines(environment)
    expect(lines).toHaveLength(count)
    for (const line of lines)
      expect(line).toMatch(
        /^OTEL_TRACES_EXPORTER: got "(zipkin|console)", expected otlp, .*not supported, using otlp$/,
      )
  })
})

describe('VR_METRICS_GROUPS', () => {
  it.each([
    ['default', ['http', 'sse', 'websocket', 'tool', 'mcp', 'upstream', 'genai', 'process', 'self']],
    [
      '+http_semconv',
      ['http', 'sse', 'websocket', 'tool', 'mcp', 'upstream', 'genai', 'process', 'self', 'http_semconv'],
    ],
    ['-tool,-mcp', ['http', 'sse', 'websocket', 'upstream', 'genai', 'process', 'self']],
    [
      'default,+http_semconv,-http',
      ['sse', 'websocket', 'tool', 'mcp', 'upstream', 'genai', 'process', 'self', 'http_semconv'],
    ],
    ['http', ['http']],
    ['HTTP, -http', []],
  ])('%s', (text, groups) => {
    expect(readSettings({ VR_METRICS_GROUPS: text })).toMatchObject({
      settings: { metricsGroups: groups },
      problems: [],
    })
  })

  it.each(['+', 'made_up', 'http,,-made_up', '-default'])('rejects %s', (text) => {
    expect(problemLines({ VR_METRICS_GROUPS: text })).toHaveLength(1)
  })
})

describe('readSettings', () => {
  it('names the source of each value: a variable, by signal, or code', () => {
    const environment = {
      OTEL_METRICS_EXPORTER: 'none',
      VR_METRICS_PORT: 'nonsense',
      OTEL_EXPORTER_PROMETHEUS_PORT: '9464',
      OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE: '/ca.pem',
    }
    expect(readSettings(environment, { strict: true }).settings.sources).toMatchObject({
      metricsExporter: 'OTEL_METRICS_EXPORTER',
      metricsPort: 'OTEL_EXPORTER_PROMETHEUS_PORT',
      metricsPath: undefined,
      strict: 'VR_OTEL_STRICT (in code)',
      otlpCaFile: { traces: undefined, metrics: 'OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE' },
    })
  })

  it('never throws, and gives every setting a valid value for any text', () => {
    const keys = rows.flatMap(([, { key, signalFallback, fallbacks = [] }]) => [
      key,
      ...fallbacks.map((fallback) => fallback.key),
      ...(signalFallback === undefined ? [] : [signalFallback.key.replace('SIGNAL', 'METRICS')]),
    ])
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), fc.string({ unit: 'binary' })), (environment) => {
        const { settings } = readSettings(environment)
        for (const [name, row] of rows) {
          const given: unknown = settings[name]
          const value = row.signalFallback === undefined ? given : (given as { metrics: unknown }).metrics
          if (value !== undefined)
            expect(row.codec.parse(row.codec.format(value as never)) ?? value).toEqual(value)
          expect(typeof formatValue(row, value)).toBe('string')
        }
      }),
    )
  })
})
