import { createRequire } from 'node:module'
import { DiagLogLevel, diag } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { afterEach, expect, it } from 'vitest'
import { readSettings } from '../config/read-settings.ts'
import { StderrLogger } from '../logging/stderr-logger.ts'
import { startTracing } from './start-tracing.ts'

// The copy that the SDK is loaded with.
const { globalErrorHandler } = createRequire(import.meta.url)(
  '@opentelemetry/core',
) as typeof import('@opentelemetry/core')

afterEach(() => diag.disable())

it('restores the error handler of the SDK when it is disabled', async () => {
  const logged: string[] = []
  const nothing = (): void => {}
  diag.setLogger(
    {
      error: () => logged.push('error'),
      debug: (message) => void (message.startsWith('from the tracing SDK') && logged.push('debug')),
      warn: nothing,
      info: nothing,
      verbose: nothing,
    },
    DiagLogLevel.ALL,
  )
  const { settings } = readSettings({ OTEL_TRACES_EXPORTER: 'none' })
  const tracing = startTracing(settings, resourceFromAttributes({}), new StderrLogger('none'))
  const stop = tracing.instrument()
  globalErrorHandler(new Error('while it runs'))
  stop()
  globalErrorHandler(new Error('once it is disabled'))
  await tracing.shutdown()
  expect(logged).toEqual(['debug', 'error'])
})
