import { describe, expect, it } from 'vitest'
import { checkSettings, SettingsError } from './check-settings.ts'
import { type Environment, readSettings } from './read-settings.ts'

/** Returns the warnings of a check. */
function check(environment: Environment, { hasOtherSdk = false } = {}): string[] {
  const warnings: string[] = []
  const { settings, problems } = readSettings(environment)
  checkSettings(problems, settings, hasOtherSdk, { warn: (message) => warnings.push(message) })
  return warnings
}

const INVALID = { VR_METRICS_PORT: 'x', VR_METRICS_PROT: '1' }
const OVERRIDDEN = {
  VR_OPENTELEMETRY_HOST: 'ours',
  VR_METRICS_EXPORTER: 'otlp',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://left:9',
}

const LINES = [
  'VR_METRICS_PORT: got "x", expected a port from 0 to 65535 (0: any free port), using none',
  'VR_METRICS_PROT: unknown setting, ignored; did you mean VR_METRICS_PORT?',
]

describe('checkSettings', () => {
  it('logs nothing for valid settings', () => {
    expect(check({ VR_METRICS_PORT: '9464' })).toEqual([])
  })

  it('logs invalid and unknown settings in one warning, and each overridden endpoint in its own', () => {
    expect(check({ ...INVALID, ...OVERRIDDEN })).toEqual([
      ['invalid settings:', ...LINES].join('\n'),
      expect.stringMatching(/^OTEL_EXPORTER_OTLP_ENDPOINT: got "http:\/\/left:9", ignored because/),
    ])
  })

  it('throws all of them with VR_OTEL_STRICT', () => {
    expect(() => check({ ...INVALID, VR_OTEL_STRICT: '1' })).toThrow(
      new SettingsError(
        ['not started: VR_OTEL_STRICT is on and settings are invalid:', ...LINES].join('\n  '),
      ),
    )
  })

  it('does not throw for overridden endpoints with VR_OTEL_STRICT', () => {
    expect(check({ ...OVERRIDDEN, VR_OTEL_STRICT: '1' })).toHaveLength(1)
  })

  it('skips the standard variables of tracing if the application has its own SDK', () => {
    const environment = {
      OTEL_PROPAGATORS: 'b3',
      OTEL_TRACES_EXPORTER: 'zipkin',
      OTEL_TRACES_SAMPLER: 'jaeger_remote',
      OTEL_BSP_SCHEDULE_DELAY: 'x',
      VR_TRACING_SAMPLE_RATIO: 'x',
      VR_METRICS_PROT: '1',
    }
    const keys = (hasOtherSdk: boolean) =>
      check(environment, { hasOtherSdk }).map((warning) => warning.match(/^(VR|OTEL)\w+/gm))
    expect(keys(false)).toEqual([
      [
        'VR_TRACING_SAMPLE_RATIO',
        'OTEL_TRACES_SAMPLER',
        'OTEL_PROPAGATORS',
        'OTEL_TRACES_EXPORTER',
        'OTEL_BSP_SCHEDULE_DELAY',
        'VR_METRICS_PROT',
      ],
    ])
    expect(keys(true)).toEqual([['VR_TRACING_SAMPLE_RATIO', 'VR_METRICS_PROT']])
  })
})
