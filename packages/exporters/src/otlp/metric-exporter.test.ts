import { once } from 'node:events'
import { createServer } from 'node:net'
import {
  InstrumentType,
  type MetricData,
  PeriodicExportingMetricReader,
  MeterProvider as StockMeterProvider,
} from '@opentelemetry/sdk-metrics'
import { MeterProvider } from '@vr/otel-metrics'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { PeriodicReader } from '../push/periodic-reader.ts'
import { type Collector, listen, startCollector } from '../testing/collector.ts'
import { counter, point, resourceMetrics } from '../testing/metric-data.ts'
import { recordedLog } from '../testing/recorded-log.ts'
import { observeDeliveryStats } from './delivery-metrics.ts'
import { DeliveryStats } from './delivery-stats.ts'
import { createOtlpMetricExporter, type OtlpMetricExporterOptions } from './metric-exporter.ts'

const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const end of cleanups.splice(0).reverse()) await end()
})

async function collector(): Promise<Collector> {
  const started = await startCollector()
  cleanups.push(() => started.close())
  return started
}

/** A collector that accepts connections and never responds; `reached` resolves at the first connection. */
async function silentCollector() {
  const server = createServer((socket) => void socket.on('error', () => {}).resume())
  cleanups.push(() => server.close())
  return { port: await listen(server), reached: once(server, 'connection') }
}

function setUp(port: number, options: Partial<OtlpMetricExporterOptions> = {}) {
  const stats = new DeliveryStats('metrics')
  const log = recordedLog()
  const exporter = createOtlpMetricExporter({
    url: `http://127.0.0.1:${port}`,
    deliveryStats: stats,
    log,
    ...options,
  })
  cleanups.push(() => exporter.shutdownNow())
  const results: number[] = []
  const send = (count: number): void => {
    const points = Array.from({ length: count }, (_, i) => point(i, { i }))
    exporter.export(resourceMetrics([counter('c', points)]), ({ code }) => results.push(code))
  }
  return { exporter, stats, log, results, send }
}

type Request = { resourceMetrics: { scopeMetrics: { metrics: Metric[] }[] }[] }
type Metric = {
  name: string
  sum?: { dataPoints?: { asDouble?: number; attributes?: unknown }[]; aggregationTemporality: number }
}

function metricsIn({ requests }: Collector): Metric[] {
  return requests.flatMap(({ request }) =>
    (request as Request).resourceMetrics.flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) => metrics),
    ),
  )
}

describe('an export', () => {
  it('is split into requests of limited size, with each data point once and in order, and one callback', async () => {
    const target = await collector()
    const { send, exporter, stats, results } = setUp(target.port, { maxExportBatchSize: 100 })
    send(1050)
    send(0)
    await exporter.forceFlush()
    const requests = metricsIn(target).map(({ sum }) => sum?.dataPoints ?? [])
    expect(requests.map(({ length }) => length)).toEqual([...Array(10).fill(100), 50])
    expect(requests.flat().map(({ asDouble = 0 }) => asDouble)).toEqual(
      Array.from({ length: 1050 }, (_, i) => i),
    )
    expect(stats.snapshot()).toMatchObject({ created: 1050, exported: 1050 })
    expect(results).toEqual([0, 0])
  })

  it('replaces an older one in the queue with cumulative temporality', async () => {
    const { port, reached } = await silentCollector()
    const { send, stats, results, exporter } = setUp(port, { timeoutMillis: 3_600_000 })
    send(3)
    await reached // the first request is in flight and is not replaced
    for (let i = 0; i < 20; i++) send(2)
    expect(stats.snapshot()).toMatchObject({ created: 43, dropped: new Map([['superseded', 38]]) })
    exporter.shutdownNow()
    expect(stats.snapshot()).toMatchObject({ queued: 0 })
    expect(results).toHaveLength(21)
  })

  it('is queued with older ones up to maxQueueSize with delta temporality', async () => {
    const { port } = await silentCollector()
    const { send, stats } = setUp(port, { temporalityPreference: 'delta', maxQueueSize: 10 })
    for (let i = 0; i < 4; i++) send(4)
    send(25)
    expect(stats.snapshot()).toEqual({
      created: 41,
      exported: 0,
      queued: 25,
      dropped: new Map([['queue_full', 16]]),
    })
  })
})

describe('the temporality', () => {
  it.each([
    ['cumulative', ''],
    ['delta', 'COUNTER GAUGE HISTOGRAM OBSERVABLE_COUNTER OBSERVABLE_GAUGE'],
    ['lowmemory', 'COUNTER HISTOGRAM'],
  ] as const)('of the preference %s is delta for: %s', (temporalityPreference, expected) => {
    const { exporter } = setUp(1, { temporalityPreference })
    const deltas = Object.values(InstrumentType).filter(
      (type) => exporter.selectAggregationTemporality?.(type) === 0,
    )
    expect(deltas.sort().join(' ')).toBe(expected)
  })
})

describe('with a provider', () => {
  it.each([
    ['our provider and reader', MeterProvider, PeriodicReader],
    ['the provider and reader of sdk-metrics', StockMeterProvider, PeriodicExportingMetricReader],
  ] as const)('%s: delivers all metrics at shutdown', async (_name, Provider, Reader) => {
    const target = await collector()
    const { exporter } = setUp(target.port)
    const reader = new Reader({ exporter })
    const provider = new Provider({ readers: [reader] })
    provider.getMeter('shop').createCounter('orders').add(2, { kind: 'gift' })
    await provider.shutdown()
    expect(metricsIn(target)).toMatchObject([{ name: 'orders', sum: { dataPoints: [{ asDouble: 2 }] } }])
  })

  it('collects at its interval while the collector does not respond', async () => {
    const { port } = await silentCollector()
    const { exporter, stats } = setUp(port, { timeoutMillis: 3_600_000 })
    const provider = new MeterProvider({
      readers: [new PeriodicReader({ exporter, exportIntervalMillis: 10 })],
    })
    const orders = provider.getMeter('shop').createCounter('orders')
    orders.add(1)
    await vi.waitUntil(() => stats.snapshot().created >= 4, { interval: 5, timeout: 20_000 })
    await provider.shutdown()
    expect(stats.snapshot().queued).toBe(0)
  })

  it('exposes delivery statistics as metrics that add up', async () => {
    const stats = new DeliveryStats('traces')
    stats.recordCreated(10)
    stats.recordExported(4)
    stats.recordDropped(1, 'refused')
    stats.recordDropped(2, 'queue_full')
    const reader = new PeriodicReader({ exporter: setUp(1).exporter })
    const provider = new MeterProvider({ readers: [reader] })
    cleanups.push(() => provider.shutdown())
    observeDeliveryStats(provider.getMeter('self'), [stats])
    const { resourceMetrics: collected } = await reader.collect()
    const shown = (collected.scopeMetrics[0]?.metrics ?? []).map(({ descriptor, dataPoints }: MetricData) => [
      descriptor.name,
      dataPoints.map(({ attributes, value }) => ({ ...attributes, value })),
    ])
    const signal = 'traces'
    expect(Object.fromEntries(shown)).toEqual({
      'vr_otel.telemetry.created': [{ signal, value: 10 }],
      'vr_otel.telemetry.exported': [{ signal, value: 4 }],
      'vr_otel.telemetry.dropped': [
        { signal, reason: 'queue_full', value: 2 },
        { signal, reason: 'refused', value: 1 },
      ],
      'vr_otel.telemetry.queued': [{ signal, value: 3 }],
    })
  })

  it('refuses a second provider', () => {
    const reader = new PeriodicReader({ exporter: setUp(1).exporter })
    const provider = new MeterProvider({ readers: [reader] })
    cleanups.push(() => provider.shutdown())
    expect(() => new StockMeterProvider({ readers: [reader] })).toThrow(/bound/)
  })
})
