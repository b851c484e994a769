import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js'
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
import { afterEach, describe, expect, it, vi } from 'vitest'
import { readerOf } from '../testing/collecting-reader.ts'
import { MeterProvider } from './meter-provider.ts'

const resource = resourceFromAttributes({ 'service.name': 'test' })
const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** An OTLP/HTTP collector that keeps the bodies it was sent. */
async function collector(): Promise<{ url: string; bodies: string[]; types: (string | undefined)[] }> {
  const bodies: string[] = []
  const types: (string | undefined)[] = []
  const port = await listen(
    createServer(async (request, response) => {
      types.push(request.headers['content-type'])
      bodies.push(await text(request))
      response.end()
    }),
  )
  return { url: `http://127.0.0.1:${port}/v1/metrics`, bodies, types }
}

/** An OTLP/gRPC collector that counts the bytes it was sent. */
async function grpcCollector(): Promise<{ url: string; requests: Buffer[] }> {
  const requests: Buffer[] = []
  const service = {
    Export: {
      path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
      requestStream: false,
      responseStream: false,
      requestSerialize: (body: Buffer) => body,
      requestDeserialize: (body: Buffer) => body,
      responseSerialize: (body: Buffer) => body,
      responseDeserialize: (body: Buffer) => body,
    },
  }
  const server = new GrpcServer()
  server.addService(service, {
    Export: (call: { request: Buffer }, done: (error: null, response: Buffer) => void) => {
      requests.push(call.request)
      done(null, Buffer.alloc(0))
    },
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    )
  })
  closers.push(() => server.forceShutdown())
  return { url: `http://127.0.0.1:${port}`, requests }
}

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

describe('upstream readers and exporters work unchanged', () => {
  it('PrometheusExporter serves the text that it serves for the stock provider', async () => {
    const ours = await scrape((reader) => new MeterProvider({ resource, readers: [reader] }))
    const stock = await scrape((reader) => new StockMeterProvider({ resource, readers: [reader] }))
    expect(ours).toContain('hits_total{route="/a",otel_scope_name="app",otel_scope_version="1.0.0"} 3')
    expect(ours).toBe(stock)
  })

  it('PeriodicExportingMetricReader exports to memory, in batches, with exemplars', async () => {
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

  it('OTLP over HTTP sends the JSON that it sends for the stock provider, but for times', async () => {
    const sent = async (Provider: typeof MeterProvider | typeof StockMeterProvider) => {
      const { url, bodies, types } = await collector()
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

  it('OTLP as protobuf and over gRPC is sent', async () => {
    const { url, bodies, types } = await collector()
    const grpc = await grpcCollector()
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

  it('a reader appends what its metric producers have', async () => {
    const foreign = { scope: { name: 'foreign' }, metrics: [] }
    const producer: MetricProducer = {
      collect: async () => ({ resourceMetrics: { resource, scopeMetrics: [foreign] }, errors: [] }),
    }
    const reader = readerOf(1, { metricProducers: [producer] })
    record(new MeterProvider({ resource, readers: [reader] }))
    const { resourceMetrics } = await reader.collect()
    expect(resourceMetrics.resource).toBe(resource)
    expect(resourceMetrics.scopeMetrics.map(({ scope }) => scope.name)).toEqual(['app', 'foreign'])
  })

  it('our provider and a stock one live in one process', async () => {
    const [own, foreign] = [readerOf(1), readerOf(1)]
    record(new MeterProvider({ readers: [own] }))
    record(new StockMeterProvider({ readers: [foreign] }))
    const names = async (reader: typeof own) =>
      (await reader.metrics()).map(({ descriptor }) => descriptor.name)
    expect(await names(own)).toEqual(await names(foreign))
  })

  it('low memory: delta for what is recorded, cumulative for the rest, in one reader', async () => {
    const { url } = await collector()
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
  it('forceFlush and shutdown give up on a collector that never answers, and say so', async () => {
    const port = await listen(createServer(() => {}))
    const exporter = new JsonExporter({ url: `http://127.0.0.1:${port}/v1/metrics` })
    const healthy = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    const readers = [exporter, healthy].map((one) => new PeriodicExportingMetricReader({ exporter: one }))
    const provider = new MeterProvider({ readers })
    record(provider)
    await expect(provider.forceFlush({ timeoutMillis: 20 })).rejects.toThrow()
    await expect(provider.shutdown({ timeoutMillis: 20 })).rejects.toThrow()
    // The other reader exported both times.
    expect(healthy.getMetrics()).toHaveLength(2)
  })
})
