import { diag } from '@opentelemetry/api'
import { TracerProvider } from '@opentelemetry/sdk-trace'
import { afterEach, describe, expect, it } from 'vitest'
import { type LogLevel, StderrLogger } from '../logging/stderr-logger.ts'
import { sdkDiagnostics } from './sdk-diagnostics.ts'

afterEach(() => diag.disable())

/** Returns what is logged at a level if a span is used in every way after its end. */
function writtenAt(level: LogLevel): string[] {
  const lines: string[] = []
  diag.setLogger(sdkDiagnostics(new StderrLogger(level, (line) => lines.push(line))))
  const span = new TracerProvider().getTracer('any').startSpan('any')
  const link = { context: span.spanContext() }
  span.end()
  span.setAttribute('a', 1).setAttributes({ b: 2 }).addEvent('e').addLink(link).addLinks([link])
  span.setStatus({ code: 2 }).updateName('other').recordException(new Error('late'))
  span.end()
  diag.warn('something else')
  return lines
}

describe('the use of a span after its end', () => {
  it.each<LogLevel>(['info', 'warn', 'error'])(
    'is not logged at level %s, while other messages are',
    (level) => {
      expect(writtenAt(level)).toEqual(level === 'error' ? [] : ['@vr/otel warn: something else\n'])
    },
  )

  it('is logged at level debug', () => {
    expect(
      writtenAt('debug').filter((line) => /^@vr\/otel debug: .*(ended Span|end\(\))/.test(line)),
    ).toHaveLength(10)
  })
})
