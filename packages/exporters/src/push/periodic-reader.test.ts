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

it('does not export excluded instruments, which other readers still have', async () => {
  const exported: ResourceMetrics[] = []
  const exporter: PushMetricExporter = {
    export: (metrics) => void exported.push(metrics),
    forceFlush: async () => {},
    shutdown: async () => {},
  }
  const reader = new PeriodicReader({ exporter, excludedInstruments: ['excluded'] })
  const other = new PeriodicReader({ exporter: { ...exporter, export: () => {} } })
  const provider = new MeterProvider({ readers: [reader, other] })
  for (const name of ['excluded', 'kept']) provider.getMeter('test').createCounter(name).add(1)
  await reader.forceFlush()
  const names = (collected: ResourceMetrics | undefined) =>
    collected?.scopeMetrics.flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name))
  expect(exported.map(names)).toEqual([['kept']])
  expect(names((await other.collect()).resourceMetrics)).toEqual(['excluded', 'kept'])
  await provider.shutdown()
})
