import { MeterProvider } from '@vr/otel-metrics'
import { expect, it } from 'vitest'
import { PrometheusReader } from './reader.ts'

it('leaves instruments out of the scrapes of one reader only', async () => {
  const reader = new PrometheusReader({ excludedInstruments: ['left.out'] })
  const other = new PrometheusReader()
  const provider = new MeterProvider({ readers: [reader, other] })
  for (const name of ['left.out', 'kept']) provider.getMeter('test').createCounter(name).add(1)
  const namesOf = async (asked: PrometheusReader): Promise<string[]> => {
    const { resourceMetrics } = await asked.collect()
    return resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
      metrics.map(({ descriptor }) => descriptor.name),
    )
  }
  expect(await namesOf(reader)).toEqual(['kept'])
  expect(await namesOf(other)).toEqual(['left.out', 'kept'])
  await provider.shutdown()
})
