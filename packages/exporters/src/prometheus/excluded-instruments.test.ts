import { MeterProvider } from '@vr/otel-metrics'
import { expect, it } from 'vitest'
import { PrometheusReader } from './reader.ts'

it('excludes instruments from one reader only', async () => {
  const reader = new PrometheusReader({ excludedInstruments: ['excluded'] })
  const other = new PrometheusReader()
  const provider = new MeterProvider({ readers: [reader, other] })
  for (const name of ['excluded', 'kept']) provider.getMeter('test').createCounter(name).add(1)
  const namesOf = async (each: PrometheusReader): Promise<string[]> => {
    const { resourceMetrics } = await each.collect()
    return resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
      metrics.map(({ descriptor }) => descriptor.name),
    )
  }
  expect(await namesOf(reader)).toEqual(['kept'])
  expect(await namesOf(other)).toEqual(['excluded', 'kept'])
  await provider.shutdown()
})
