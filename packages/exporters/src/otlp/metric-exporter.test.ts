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

const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function collector(): Promise<Collector> {
  const started = await startCollector()
  ends.push(() => started.close())
  return started
}

/** A collector that takes connections and never answers; `reached` settles at the first connection. */
async function silence() {
  const server = createServer((socket) => void socket.on('error', () => {}).resume())
  ends.push(() => server.close())
  return { port: await listen(server), reached: once(server, 'connection') }
}

function setUp(port: number, options: Partial<OtlpMetricExporterOptions> = {}) {
  const account = new DeliveryStats('metrics')
  const log = recordedLog()
  const exporter = createOtlpMetricExporter({
    url: `http://127.0.0.1:${port}`,
    deliveryStats: account,
    log,
    ...options,
  })
  ends.push(() => exporter.shutdownNow())
  const results: number[] = []
  const send = (count: number): void => {
    const points = Array.from({ length: count }, (_, i) => point(i, { i }))
    exporter.export(resourceMetrics([counter('c', points)]), ({ code }) => results.push(code))
  }
  return { exporter, account, log, results, send }
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
  it('goes in pieces that a collector takes, each point once and in order, and ends once', async () => {
    const there = await collector()
    const { send, exporter, account, results } = setUp(there.port, { maxExportBatchSize: 100 })
    send(1050)
    send(0)
    await exporter.forceFlush()
    const pieces = metricsIn(there).map(({ sum }) => sum?.dataPoints ?? [])
    expect(pieces.map(({ length }) => length)).toEqual([...Array(10).fill(100), 50])
    expect(pieces.flat().map(({ asDouble = 0 }) => asDouble)).toEqual(
      Array.from({ length: 1050 }, (_, i) => i),
    )
    expect(account.snapshot()).toMatchObject({ created: 1050, exported: 1050 })
    expect(results).toEqual([0, 0])
  })

  it('takes the place of an older one that waits, if it is cumulative', async () => {
    const { port, reached } = await silence()
    const { send, account, results, exporter } = setUp(port, { timeoutMillis: 3_600_000 })
    send(3)
    await reached // now it is on its way, and nothing takes its place
    for (let i = 0; i < 20; i++) send(2)
    expect(account.snapshot()).toMatchObject({ created: 43, dropped: new Map([['superseded', 38]]) })
    exporter.shutdownNow()
    expect(account.snapshot()).toMatchObject({ queued: 0 })
    expect(results).toHaveLength(21)
  })

  it('waits with the older ones, as far as there is room, if it is delta', async () => {
    const { port } = await silence()
    const { send, account } = setUp(port, { temporalityPreference: 'delta', maxQueueSize: 10 })
    for (let i = 0; i < 4; i++) send(4)
    send(25)
    expect(account.snapshot()).toEqual({
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
  ] as const)('%s is delta for: %s', (temporalityPreference, expected) => {
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
    ['the stock provider and reader', StockMeterProvider, PeriodicExportingMetricReader],
  ] as const)('%s: everything arrives at its end', async (_name, Provider, Reader) => {
    const there = await collector()
    const { exporter } = setUp(there.port)
    const reader = new Reader({ exporter })
    const provider = new Provider({ readers: [reader] })
    provider.getMeter('shop').createCounter('orders').add(2, { kind: 'gift' })
    await provider.shutdown()
    expect(metricsIn(there)).toMatchObject([{ name: 'orders', sum: { dataPoints: [{ asDouble: 2 }] } }])
  })

  it('collects at its interval, and goes on while the collector does not answer', async () => {
    const { port } = await silence()
    const { exporter, account } = setUp(port, { timeoutMillis: 3_600_000 })
    const provider = new MeterProvider({
      readers: [new PeriodicReader({ exporter, exportIntervalMillis: 10 })],
    })
    const orders = provider.getMeter('shop').createCounter('orders')
    orders.add(1)
    await vi.waitUntil(() => account.snapshot().created >= 4, { interval: 5, timeout: 20_000 })
    await provider.shutdown()
    expect(account.snapshot().queued).toBe(0)
  })

  it('shows the books as metrics that add up', async () => {
    const account = new DeliveryStats('traces')
    account.recordCreated(10)
    account.recordExported(4)
    account.recordDropped(1, 'refused')
    account.recordDropped(2, 'queue_full')
    const reader = new PeriodicReader({ exporter: setUp(1).exporter })
    const provider = new MeterProvider({ readers: [reader] })
    ends.push(() => provider.shutdown())
    observeDeliveryStats(provider.getMeter('self'), [account])
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

  it('belongs to one provider', () => {
    const reader = new PeriodicReader({ exporter: setUp(1).exporter })
    const provider = new MeterProvider({ readers: [reader] })
    ends.push(() => provider.shutdown())
    expect(() => new StockMeterProvider({ readers: [reader] })).toThrow(/bound/)
  })
})
