import { ROOT_CONTEXT } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider, type MetricProducer } from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { captureDiagnostics } from '../testing/diagnostics.ts'
import { request, serve } from '../testing/loopback.ts'
import { collection, gauge, point, resourceMetrics } from '../testing/metric-data.ts'
import { PrometheusReader, type PrometheusReaderOptions } from './reader.ts'

async function scrape(reader: PrometheusReader): Promise<[number, string]> {
  const server = await serve(reader.handler)
  const { status, body } = await request(server.port)
  await server.close()
  return [status, body.toString()]
}

function provide(options: PrometheusReaderOptions): { reader: PrometheusReader; provider: MeterProvider } {
  const reader = new PrometheusReader(options)
  const resource = resourceFromAttributes({ zone: 'a' })
  return { reader, provider: new MeterProvider({ readers: [reader], resource }) }
}

describe('a reader of the provider of sdk-metrics', () => {
  it('exposes all instruments with cumulative values', async () => {
    const { reader, provider } = provide({ unlabelledScopes: ['app'], prefix: 'p' })
    const meter = provider.getMeter('app')
    const requests = meter.createCounter('requests', { unit: '{request}' })
    const advice = { explicitBucketBoundaries: [1] }
    const duration = meter.createHistogram('duration', { unit: 's', advice })
    meter.createObservableGauge('load').addCallback((result) => result.observe(0.5, { cpu: 0 }))
    requests.add(1, { a: 'b' }, ROOT_CONTEXT)
    duration.record(0.5)
    const first = await scrape(reader)
    requests.add(2, { a: 'b' })
    expect([first, await scrape(reader)]).toEqual(
      [1, 3].map((count) => [
        200,
        `# HELP target_info Target metadata
# TYPE target_info gauge
target_info{zone="a"} 1
# TYPE p_requests_total counter
p_requests_total{a="b"} ${count}
# TYPE p_duration_seconds histogram
p_duration_seconds_bucket{le="1.0"} 1
p_duration_seconds_bucket{le="+Inf"} 1
p_duration_seconds_count 1
p_duration_seconds_sum 0.5
# TYPE p_load gauge
p_load{cpu="0"} 0.5
`,
      ]),
    )
  })

  it('exposes additional producers', async () => {
    const producer: MetricProducer = {
      collect: async () =>
        collection(resourceMetrics([gauge('vllm:x', [point(4)])], { scope: { name: 'engine' } })),
    }
    const { reader } = provide({
      metricProducers: [producer],
      withoutScopeInfo: true,
      withoutTargetInfo: true,
    })
    expect(await scrape(reader)).toEqual([200, '# TYPE vllm:x gauge\nvllm:x 4\n'])
  })

  it('exposes the other metrics if an additional producer fails, with its errors', async () => {
    const failures = [
      () => Promise.reject(new Error('engine away')),
      () => {
        throw new Error('broken')
      },
    ]
    const { reader, provider } = provide({ metricProducers: failures.map((collect) => ({ collect })) })
    provider.getMeter('app').createCounter('requests').add(1)
    const { resourceMetrics, errors } = await reader.collect()
    expect(resourceMetrics.scopeMetrics.map(({ scope }) => scope.name)).toEqual(['app'])
    expect(errors.map(String)).toEqual(['Error: engine away', 'Error: broken'])
  })

  it('responds with 500 without a provider and after shutdown', async () => {
    const { stop } = captureDiagnostics()
    const { reader, provider } = provide({})
    expect(await scrape(new PrometheusReader())).toEqual([500, 'metrics could not be collected\n'])
    await provider.forceFlush()
    await provider.shutdown()
    expect(await scrape(reader)).toEqual([500, 'metrics could not be collected\n'])
    stop()
  })

  it('listens with startServer until shutdown', async () => {
    const port = await freePort()
    const { reader, provider } = provide({ port, endpoint: 'prom', host: '127.0.0.1', token: ' t ' })
    await reader.startServer()
    const headers = { authorization: 'Bearer t' }
    expect((await request(port, { path: '/prom', headers })).status).toBe(200)
    expect((await request(port, { path: '/prom' })).status).toBe(401)
    await provider.shutdown()
    await expect(request(port)).rejects.toThrow('ECONNREFUSED')
  })
})

async function freePort(): Promise<number> {
  const server = await serve(() => {})
  await server.close()
  return server.port
}
