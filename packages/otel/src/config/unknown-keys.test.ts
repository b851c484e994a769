import { describe, expect, it } from 'vitest'
import { problemLines } from '../testing/problem-lines.ts'
import { OWNER_KEY } from './unknown-keys.ts'

describe('an unknown key', () => {
  it.each([
    ['VR_METRCS_PORT', 'VR_METRICS_PORT'],
    ['VR_OPENTELEMTRY_HOST', 'VR_OPENTELEMETRY_HOST'],
    ['vr_metrics_port', 'VR_METRICS_PORT'],
    ['VR_TRACE_ENABLED', 'VR_TRACING_ENABLED'],
    ['VR_TRACING_ENABLE', 'VR_TRACING_ENABLED'],
  ])('%s is reported without its value, and %s is suggested', (key, suggestion) => {
    expect(problemLines({ [key]: 'sesame' })).toEqual([
      `${key}: unknown setting, ignored; did you mean ${suggestion}?`,
    ])
  })

  it('with one of our prefixes is reported without a suggestion if no setting is close', () => {
    expect(problemLines({ VR_METRICS_MADE_UP_NAME: '1' })).toEqual([
      'VR_METRICS_MADE_UP_NAME: unknown setting, ignored',
    ])
  })

  it.each(['VR_OTHER', 'VR_LOG_DIR', 'OTEL_MADE_UP', OWNER_KEY])(
    '%s of another program is ignored',
    (key) => {
      expect(problemLines({ [key]: '1' })).toEqual([])
    },
  )

  it('may be an option of startOtel()', () => {
    expect(problemLines({}, { metricsPrt: 1, toString: 2 } as never)).toEqual([
      'option "metricsPrt" of startOtel(): unknown setting, ignored; did you mean metricsPort?',
      'option "toString" of startOtel(): unknown setting, ignored',
    ])
  })
})
