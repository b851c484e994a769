import { createRequire } from 'node:module'
import { DiagLogLevel, diag, metrics } from '@opentelemetry/api'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { start } from './start.ts'

// The copy that the SDK is loaded with.
const { globalErrorHandler } = createRequire(import.meta.url)(
  '@opentelemetry/core',
) as typeof import('@opentelemetry/core')

const propagator = vi.hoisted(() => ({ fails: false }))

vi.mock('./tracing/propagator.ts', async (load) => {
  const original = await load<typeof import('./tracing/propagator.ts')>()
  class GatewayPropagator extends original.GatewayPropagator {
    constructor(...args: ConstructorParameters<typeof original.GatewayPropagator>) {
      if (propagator.fails) throw new Error('no propagator')
      super(...args)
    }
  }
  return { ...original, GatewayPropagator }
})

const OPTIONS = { logLevel: 'none', tracingEnabled: true } as const

/** Messages of the error handler of the SDK, which logs to the API's `diag`. */
let logged: string[]

beforeEach(() => {
  logged = []
  vi.stubEnv('OTEL_TRACES_EXPORTER', 'none')
  vi.stubEnv('VR_METRICS_EXPORTER', 'none')
  vi.stubEnv('VR_OTEL_GLOBALS', 'on')
})

afterEach(() => {
  vi.restoreAllMocks()
  propagator.fails = false
  vi.unstubAllEnvs()
  diag.disable()
})

/** Reports an error as the SDK does; its own handler logs it to the API's `diag`. */
function reportToSdk(message: string): void {
  const nothing = (): void => {}
  const error = (text: string): void => void logged.push(text)
  diag.setLogger(
    { error, debug: nothing, warn: nothing, info: nothing, verbose: nothing },
    { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
  )
  globalErrorHandler(new Error(message))
}

it('replaces the error handler of the tracing SDK until shutdown', async () => {
  const handle = start(OPTIONS)
  reportToSdk('while it runs')
  await handle.shutdown()
  reportToSdk('after shutdown')
  expect(logged).toEqual([expect.stringContaining('after shutdown')])
})

it('restores the error handler of the tracing SDK if a later step of the start fails', () => {
  vi.spyOn(metrics, 'setGlobalMeterProvider').mockImplementation(() => {
    throw new Error('refused')
  })
  expect(() => start(OPTIONS)).toThrow('refused')
  reportToSdk('after the failed start')
  expect(logged).toEqual([expect.stringContaining('after the failed start')])
})

it('restores the error handler of the tracing SDK if tracing does not start', () => {
  propagator.fails = true
  expect(() => start(OPTIONS)).toThrow('no propagator')
  reportToSdk('after the failed start')
  expect(logged).toEqual([expect.stringContaining('after the failed start')])
})
