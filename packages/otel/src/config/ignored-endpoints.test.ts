import { describe, expect, it } from 'vitest'
import { problemLines } from '../testing/problem-lines.ts'
import type { OtelOptions } from './options.ts'
import type { Problem } from './problem.ts'
import { type Environment, readSettings } from './read-settings.ts'

describe('ignoredEndpoints', () => {
  const LEFTOVER = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://left:9/over',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://left:8/metrics',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'broken://traces',
    OTEL_EXPORTER_OTLP_INSECURE: 'false',
  }
  const ADDRESS = ['otlpHost', 'otlpPort', 'otlpPath', 'otlpInsecure', 'otlpProtocol'] as const

  it.each<[string, string, OtelOptions]>([
    ['VR_OPENTELEMETRY_HOST', 'ours', { otlpHost: 'ours' }],
    ['VR_OPENTELEMETRY_PORT', '4000', { otlpPort: 4000 }],
    ['VR_OPENTELEMETRY_PROTOCOL', 'http/json', { otlpProtocol: 'http/json' }],
    ['VR_OPENTELEMETRY_INSECURE', 'true', { otlpInsecure: true }],
    ['VR_OPENTELEMETRY_PORT', 'nonsense', {}],
  ])('ignores OTEL_EXPORTER_OTLP_*ENDPOINT if %s=%s is set', (key, text, code) => {
    for (const [environment, options] of [[{ [key]: text }, {}] as const, [{}, code] as const]) {
      if (Object.keys({ ...environment, ...options }).length === 0) continue
      const alone = readSettings(environment, options)
      const withLeftover = readSettings({ ...environment, ...LEFTOVER }, options)
      for (const name of ADDRESS) expect(withLeftover.settings[name]).toEqual(alone.settings[name])
      const isError = ({ type }: Problem) => type !== 'overridden'
      expect(withLeftover.problems.filter(isError)).toEqual(alone.problems)
    }
  })

  it('reports each ignored endpoint of the exported signals, without its credentials', () => {
    const lines = problemLines({
      VR_OPENTELEMETRY_HOST: 'ours',
      VR_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://user:sesame@left:9',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://left:8',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://left:7',
    })
    const why =
      'ignored because VR_OPENTELEMETRY_HOST is set, using VR_OPENTELEMETRY_HOST=ours VR_OPENTELEMETRY_PORT=none VR_OPENTELEMETRY_PROTOCOL=grpc VR_OPENTELEMETRY_INSECURE=true'
    expect(lines).toEqual([
      `OTEL_EXPORTER_OTLP_ENDPOINT: got "https://***@left:9", ${why}`,
      `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: got "https://left:8", ${why}`,
    ])
  })

  it.each<[string, Environment]>([
    ['no signal is exported', { VR_OPENTELEMETRY_HOST: 'ours' }],
    [
      'spans are created and not exported',
      { VR_OPENTELEMETRY_HOST: 'ours', VR_TRACING_ENABLED: '1', OTEL_TRACES_EXPORTER: 'none' },
    ],
    ['no setting of ours contains the address', { VR_TRACING_ENABLED: '1', VR_OPENTELEMETRY_PATH: '/x' }],
  ])('reports nothing if %s', (_what, environment) => {
    const { problems } = readSettings({ ...environment, ...LEFTOVER })
    expect(problems.filter(({ type }) => type === 'overridden')).toEqual([])
  })
})
