import { PrometheusReader } from '@vr/otel-exporters'
import { MeterProvider } from '@vr/otel-metrics'
import { expect, it } from 'vitest'
import { resourceOf } from '../resource.ts'
import { observeCluster } from './cluster-metrics.ts'
import { scrapeComplete } from './scrape-complete.ts'

async function collected(reader: PrometheusReader): Promise<unknown[]> {
  const { resourceMetrics } = await reader.collect()
  return resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
    metrics.flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ attributes, value }) => [descriptor.name, attributes, value]),
    ),
  )
}

it('exposes the state of the workers', async () => {
  const reader = new PrometheusReader()
  const provider = new MeterProvider({ readers: [reader] })
  const reading = { live: 3, stale: 1, oldestPushAge: 4.5, receivedBytes: 900, conflicts: 2 }
  observeCluster(provider.getMeter('m'), () => ({ ...reading, dropped: new Map([['syntax', 5]]) }))
  expect(await collected(reader)).toEqual([
    ['vr_otel.workers', { state: 'live' }, 3],
    ['vr_otel.workers', { state: 'stale' }, 1],
    ['vr_otel.worker.push_age', {}, 4.5],
    ['vr_otel.cluster.received', {}, 900],
    ['vr_otel.cluster.dropped', { reason: 'syntax' }, 5],
    ['vr_otel.cluster.merge_conflicts', {}, 2],
  ])
  await provider.shutdown()
})

it.each([
  [true, [['vr_otel.scrape_complete', {}, 1]]],
  [false, [['vr_otel.scrape_complete', {}, 0]]],
  [undefined, []],
])('a scrape whose completeness is %j has it as a gauge', async (complete, expected) => {
  const reader = new PrometheusReader({
    metricProducers: [scrapeComplete(resourceOf({}), async () => complete)],
  })
  const provider = new MeterProvider({ readers: [reader] })
  expect(await collected(reader)).toEqual(expected)
  await provider.shutdown()
})
