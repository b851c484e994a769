import { describe, expect, it } from 'vitest'
import { problemLines } from '../testing/problem-lines.ts'
import { printSettings } from './print-settings.ts'
import { readSettings } from './read-settings.ts'
import type { Setting } from './setting.ts'
import { SETTINGS } from './settings.ts'

const rows = Object.entries(SETTINGS) as [keyof typeof SETTINGS, Setting<unknown>][]

describe('an invalid value', () => {
  const environment = { VR_OTEL_LOG_LEVEL: 'loud', OTEL_LOG_LEVEL: 'info' }
  const code = { logLevel: 'quiet' as 'none' }
  const expected = 'one of none, error, warn, info, debug, verbose, all'

  it('is reported with its key, the expected value, and the value and source used instead', () => {
    const { settings, problems } = readSettings(environment, code)
    expect(settings.logLevel).toBe('info')
    const using = [{ setting: 'VR_OTEL_LOG_LEVEL', value: 'info', source: 'OTEL_LOG_LEVEL' }]
    expect(problems).toEqual([
      { type: 'invalid', key: 'VR_OTEL_LOG_LEVEL (in code)', got: 'quiet', expected, using },
      { type: 'invalid', key: 'VR_OTEL_LOG_LEVEL', got: 'loud', expected, using },
    ])
  })

  it('is printed in one line', () => {
    expect(problemLines(environment, code)).toEqual([
      `VR_OTEL_LOG_LEVEL (in code): got "quiet", expected ${expected}, using info from OTEL_LOG_LEVEL`,
      `VR_OTEL_LOG_LEVEL: got "loud", expected ${expected}, using info from OTEL_LOG_LEVEL`,
    ])
  })

  it('of an endpoint is one problem, although several settings are read from it', () => {
    expect(problemLines({ OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://x' })).toEqual([
      'OTEL_EXPORTER_OTLP_ENDPOINT: got "ftp://x", expected a URL such as http://localhost:4317, using VR_OPENTELEMETRY_HOST=localhost VR_OPENTELEMETRY_PORT=none VR_OPENTELEMETRY_PATH=/v1/{signal} VR_OPENTELEMETRY_INSECURE=true',
    ])
  })

  it('is reported if an option in code has the wrong type', () => {
    const wrong = { metricsPort: 'many', excludedPaths: 7, otlpHeaders: null } as never
    expect(readSettings({}, wrong).problems.map(({ key }) => key)).toEqual([
      'VR_METRICS_PORT (in code)',
      'VR_METRICS_EXCLUDED_PATHS (in code)',
      'VR_OPENTELEMETRY_HEADERS (in code)',
    ])
  })

  it('may be one template of a path: it is reported once and the others are used', () => {
    const routes = { VR_METRICS_ROUTES: '/gw/{model},/gw/*' }
    expect(readSettings(routes).settings.routes).toEqual(['/gw/{model}'])
    expect(problemLines(routes)).toEqual([
      'VR_METRICS_ROUTES: got "/gw/*", expected paths that begin with "/", with placeholders such as {id} as whole segments, or default, separated by commas, using /gw/{model}',
    ])
  })

  it('may be one header: it is reported once and the other headers are used', () => {
    const headers = { VR_OPENTELEMETRY_HEADERS: 'Connection=sesame,authorization=sesame,te=sesame' }
    expect(readSettings(headers).settings.otlpHeaders).toEqual({
      traces: { authorization: 'sesame' },
      metrics: { authorization: 'sesame' },
    })
    expect(problemLines(headers)).toEqual(
      ['Connection', 'te'].map(
        (name) =>
          `VR_OPENTELEMETRY_HEADERS: got "${name}=***", expected no header that the exporter sets or the protocol forbids, using the others`,
      ),
    )
  })
})

describe('a problem', () => {
  it('never contains a secret', () => {
    const lines = problemLines({ VR_OPENTELEMETRY_HEADERS: 'sesame', VR_METRICS_TOKEM: 'sesame' })
    expect(lines).toHaveLength(2)
    expect(lines.join()).not.toContain('sesame')
    const { settings } = readSettings({ VR_METRICS_TOKEN: 'sesame' })
    expect(JSON.stringify(printSettings(settings))).not.toContain('sesame')
  })

  it.each([
    'ftp://user:sesame@host:4317',
    'http://user:se/sa@me@host',
    'http://user:sesame@',
    'user:sesame@host:4317',
    'ftp://host/?api-key=sesame',
    'ftp://user:a?sesame@host/?b@sesame',
    'sesame@',
  ])('never contains the credentials of %s, whatever setting it is given for', (text) => {
    for (const [name, row] of rows) {
      const variables: string[] = [row.key, ...(row.fallbacks ?? []).map(({ key }) => key)]
      if (row.signalFallback !== undefined) variables.push(row.signalFallback.key.replace('SIGNAL', 'TRACES'))
      for (const key of variables) {
        const { problems } = readSettings({ [key]: text }, { [name]: text })
        expect(JSON.stringify(problems)).not.toMatch(/sesame|sa@me/)
      }
    }
  })
})
