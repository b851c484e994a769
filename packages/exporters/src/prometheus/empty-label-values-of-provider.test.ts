import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { MeterProvider } from '@vr/otel-metrics'
import { expect, it } from 'vitest'
import { request, serve } from '../testing/loopback.ts'
import { PrometheusReader } from './reader.ts'

it('series that differ in an empty attribute value are one in a scrape and two in a push', async () => {
  const scraped = new PrometheusReader({ withoutTargetInfo: true })
  const pushed = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const push = new PeriodicExportingMetricReader({ exporter: pushed })
  const provider = new MeterProvider({ readers: [scraped, push] })
  const orders = provider.getMeter('shop').createCounter('orders')
  orders.add(2, { tenant: '' })
  orders.add(12)
  await provider.forceFlush()
  const [metrics] = pushed.getMetrics()
  const points = metrics?.scopeMetrics[0]?.metrics[0]?.dataPoints
  expect(points?.map(({ attributes, value }) => [attributes, value])).toEqual([
    [{ tenant: '' }, 2],
    [{}, 12],
  ])
  const { port, close } = await serve(scraped.handler)
  expect(`${(await request(port)).body}`).toContain('orders_total{otel_scope_name="shop"} 14\n')
  await close()
  await provider.shutdown()
})
