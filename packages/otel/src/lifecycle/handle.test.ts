import type { MeterProvider } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readSettings } from '../config/read-settings.ts'
import { StderrLogger } from '../logging/stderr-logger.ts'
import type { Tracing } from '../tracing/start-tracing.ts'
import { createHandle } from './handle.ts'

vi.mock('@vr/otel-metrics/internal', async (load) => {
  const original = await load<typeof import('@vr/otel-metrics/internal')>()
  return { ...original, ...(await import('../testing/global-timers.ts')).globalTimers(original) }
})

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Creates a handle of tracing whose exports never end. */
function createHangingHandle() {
  const hangs = () => new Promise<void>(() => {})
  const tracing = { forceFlush: hangs, shutdown: hangs, shutdownNow() {} } satisfies Partial<Tracing>
  return createHandle({
    settings: readSettings({}).settings,
    meterProvider: {} as MeterProvider,
    metrics: undefined,
    tracing: tracing as unknown as Tracing,
    events: undefined,
    cleanups: [],
    log: new StderrLogger('none'),
  })
}

describe.each(['forceFlush', 'shutdown'] as const)('%s of a handle', (operation) => {
  it.each([
    ['no time limit', 1000, undefined],
    ['NaN', 1000, Number.NaN],
    ['text', 1000, '250'],
    ['250', 250, 250],
  ])('given %s, waits at most %d ms for a hanging export', async (_name, limitMs, timeoutMs) => {
    let isSettled = false
    const waits = createHangingHandle()[operation](timeoutMs as number | undefined)
    void waits.then(() => {
      isSettled = true
    })
    await vi.advanceTimersByTimeAsync(limitMs - 1)
    expect(isSettled).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(isSettled).toBe(true)
  })

  it('given Infinity, sets no timer', async () => {
    void createHangingHandle()[operation](Number.POSITIVE_INFINITY)
    await vi.advanceTimersByTimeAsync(0)
    expect(vi.getTimerCount()).toBe(0)
  })
})
