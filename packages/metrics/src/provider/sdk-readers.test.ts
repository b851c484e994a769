import { createServer } from 'node:http'
import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc'
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPMetricExporter as ProtoExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  ConsoleMetricExporter,
  InMemoryMetricExporter,
  type MetricProducer,
  PeriodicExportingMetricReader,
  MeterProvider as StockMeterProvider,
} from '@opentelemetry/sdk-metrics'
import { describe, expect, it, vi } from 'vitest'
import { readerOf } from '../testing/collecting-reader.ts'
import { listen, startGrpcCollector, startHttpCollector } from '../testing/otlp-collectors.ts'
import { MeterProvider } from './meter-provider.ts'

const resource = resourceFromAttributes({ 'service.name': 'test' })

function record(provider: MeterProvider | StockMeterProvider): void {
  const meter = provider.getMeter('app', '1.0.0')
  meter.createCounter('hits', { description: 'Hits.' }).add(3, { route: '/a' })
  meter.createUpDownCounter('queue').add(-2)
  meter.createGauge('level').record(0.5)
  meter.createHistogram('size', { unit: 'By', advice: { explicitBucketBoundaries: [1, 10] } }).record(5)
  meter.createObservableGauge('seen').addCallback((result) => result.observe(7, { k: true }))
}

async function scrape(
  provider: (reader: PrometheusExporter) => MeterProvider | StockMeterProvider,
): Promise<string> {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  record(provider(exporter))
  const port = await listen(
    createServer((request, response) => exporter.getMetricsRequestHandler(request, response)),
  )
  return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
}

describe('readers and exporters of OpenTelemetry', () => {
  it('PrometheusExporter serves the same text as with the provider of sdk-metrics', async () => {
    const ours = await scrape((reader) => new MeterProvider({ resource, readers: [reader] }))
    const stock = await scrape((reader) => new StockMeterProvider({ resource, readers: [reader] }))
    expect(ours).toContain('hits_total{route="/a",otel_scope_name="app",otel_scope_version="1.0.0"} 3')
    expect(ours).toBe(stock)
  })

  it('PeriodicExportingMetricReader exports batches with exemplars', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA)
    const reader = new PeriodicExportingMetricReader({ exporter, maxExportBatchSize: 2 })
    const provider = new MeterProvider({ resource, readers: [reader], exemplarFilter: 'always_on' })
    record(provider)
    await provider.forceFlush()
    const metrics = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
    expect(metrics.map(({ descriptor }) => descriptor.name)).toEqual([
      'hits',
      'queue',
      'level',
      'size',
      'seen',
    ])
    expect(metrics[0]?.dataPoints[0]).toMatchObject({ value: 3, exemplars: [{ value: 3 }] })
    await provider.shutdown()
  })

  it('the OTLP/HTTP exporter sends the same JSON as with the provider of sdk-metrics, except times', async () => {
    const sent = async (Provider: typeof MeterProvider | typeof StockMeterProvider) => {
      const { url, bodies, types } = await startHttpCollector()
      const reader = new PeriodicExportingMetricReader({ exporter: new JsonExporter({ url }) })
      const provider = new Provider({ resource, readers: [reader] })
      record(provider)
      await provider.shutdown()
      expect(types).toEqual(['application/json'])
      return bodies.join().replaceAll(/"(startTimeUnixNano|timeUnixNano)":"\d+"/g, '"$1":"?"')
    }
    const ours = await sent(MeterProvider)
    expect(JSON.parse(ours).resourceMetrics[0].scopeMetrics[0].metrics).toHaveLength(5)
    expect(JSON.parse(ours)).toEqual(JSON.parse(await sent(StockMeterProvider)))
  })

  it('the OTLP protobuf and gRPC exporters send all metrics', async () => {
    const { url, bodies, types } = await startHttpCollector()
    const grpc = await startGrpcCollector()
    const exporters = [new ProtoExporter({ url }), new GrpcExporter({ url: grpc.url })]
    const readers = exporters.map((exporter) => new PeriodicExportingMetricReader({ exporter }))
    const provider = new MeterProvider({ resource, readers })
    record(provider)
    await provider.shutdown()
    expect(types).toEqual(['application/x-protobuf'])
    for (const body of [bodies[0], grpc.requests[0]?.toString('latin1')]) {
      for (const name of ['hits', 'queue', 'level', 'size', 'seen']) expect(body).toContain(name)
    }
  })

  it('ConsoleMetricExporter prints the metrics', async () => {
    const dir = vi.spyOn(console, 'dir').mockImplementation(() => {})
    const provider = new MeterProvider({
      resource,
      readers: [new PeriodicExportingMetricReader({ exporter: new ConsoleMetricExporter() })],
    })
    record(provider)
    await provider.shutdown()
    expect(dir.mock.calls.map(([metric]) => metric.descriptor.name)).toEqual([
      'hits',
      'queue',
      'level',
      'size',
      'seen',
    ])
    dir.mockRestore()
  })

  it('a reader appends the metrics of its metric producers', async () => {
    const foreign = { scope: { name: 'foreign' }, metrics: [] }
    const producer: MetricProducer = {
      collect: async () => ({ resourceMetrics: { resource, scopeMetrics: [foreign] }, errors: [] }),
    }
    const reader = readerOf('cumulative', { metricProducers: [producer] })
    record(new MeterProvider({ resource, readers: [reader] }))
    const { resourceMetrics } = await reader.collect()
    expect(resourceMetrics.resource).toBe(resource)
    expect(resourceMetrics.scopeMetrics.map(({ scope }) => scope.name)).toEqual(['app', 'foreign'])
  })

  it('work with this provider and that of sdk-metrics in one process', async () => {
    const [own, foreign] = [readerOf('cumulative'), readerOf('cumulative')]
    record(new MeterProvider({ readers: [own] }))
    record(new StockMeterProvider({ readers: [foreign] }))
    const names = async (reader: typeof own) =>
      (await reader.metrics()).map(({ descriptor }) => descriptor.name)
    expect(await names(own)).toEqual(await names(foreign))
  })

  it('a low-memory reader gets delta for counters and histograms, cumulative for other instruments', async () => {
    const { url } = await startHttpCollector()
    const exporter = new JsonExporter({ url, temporalityPreference: 2 })
    const reader = new PeriodicExportingMetricReader({ exporter })
    const provider = new MeterProvider({ readers: [reader] })
    record(provider)
    const { resourceMetrics } = await reader.collect()
    const temporalities = resourceMetrics.scopeMetrics[0]?.metrics.map((m) => [
      m.descriptor.name,
      m.aggregationTemporality,
    ])
    expect(Object.fromEntries(temporalities ?? [])).toEqual({ hits: 0, queue: 1, level: 1, size: 0, seen: 1 })
    await provider.shutdown()
  })
})

describe('time limits', () => {
  it('forceFlush and shutdown reject after the time limit if a collector does not respond', async () => {
    const port = await listen(createServer(() => {}))
    const exporter = new JsonExporter({ url: `http://127.0.0.1:${port}/v1/metrics` })
    const healthy = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    const exporters = [exporter, healthy]
    const readers = exporters.map((each) => new PeriodicExportingMetricReader({ exporter: each }))
    const provider = new MeterProvider({ readers })
    record(provider)
    await expect(provider.forceFlush({ timeoutMillis: 20 })).rejects.toThrow()
    await expect(provider.shutdown({ timeoutMillis: 20 })).rejects.toThrow()
    // The other reader exported on both calls.
    expect(healthy.getMetrics()).toHaveLength(2)
  })
})
