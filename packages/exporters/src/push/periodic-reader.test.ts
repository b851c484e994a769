import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { MeterProvider } from '@vr/otel-metrics'
import { afterEach, expect, it, vi } from 'vitest'
import { PeriodicReader } from './periodic-reader.ts'

// The package uses the timers of Node that it captured at load, which fake timers do not replace; this mock does.
vi.mock('@vr/otel-metrics/internal', async (original) => ({
  ...(await original<typeof import('@vr/otel-metrics/internal')>()),
  setInterval: (...args: Parameters<typeof setInterval>) => setInterval(...args),
}))

const HOUR = 3_600_000

afterEach(() => {
  vi.useRealTimers()
})

it('exports a last time at shutdown even if a collection hangs', async () => {
  const exported: ResourceMetrics[] = []
  const exporter: PushMetricExporter = {
    export: (metrics, done) => {
      exported.push(structuredClone({ ...metrics, resource: {} }) as ResourceMetrics)
      done({ code: 0 })
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  }
  vi.useFakeTimers({ toFake: ['setInterval'] })
  const reader = new PeriodicReader({ exporter, exportIntervalMillis: HOUR, collectTimeoutMillis: HOUR })
  const provider = new MeterProvider({ readers: [reader] })
  const meter = provider.getMeter('shop')
  const collecting = Promise.withResolvers<void>()
  meter.createObservableGauge('hangs').addCallback(() => {
    collecting.resolve()
    return new Promise(() => {})
  })
  vi.advanceTimersByTime(HOUR)
  await collecting.promise
  meter.createCounter('orders').add(2)
  await provider.shutdown()
  const last = exported.at(-1)?.scopeMetrics.flatMap(({ metrics }) => metrics)
  expect(last).toMatchObject([{ descriptor: { name: 'orders' }, dataPoints: [{ value: 2 }] }])
})
