import { resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider } from '@vr/otel-metrics'
import { expect, it } from 'vitest'
import { PrometheusReader } from './reader.ts'
import { staticMetricProducer } from './static-metric-producer.ts'

it('exposes its metrics only in the reader that has the producer', async () => {
  const producer = staticMetricProducer(resourceFromAttributes({}), 'of.process', [
    { name: 'work.time', kind: 'counter', unit: 's', description: 'Time worked.', value: () => 1.5 },
    { name: 'work.places', kind: 'gauge', unit: '{place}', description: 'Places.', value: () => 3 },
    { name: 'work.unknown', kind: 'gauge', unit: '1', description: 'Not available.', value: () => undefined },
  ])
  const withProducer = new PrometheusReader({ metricProducers: [producer], unlabelledScopes: ['of.process'] })
  const other = new PrometheusReader()
  const provider = new MeterProvider({ readers: [withProducer, other] })
  expect(await scraped(withProducer)).toBe(`# HELP work_time_seconds_total Time worked.
# TYPE work_time_seconds_total counter
work_time_seconds_total 1.5
# HELP work_places Places.
# TYPE work_places gauge
work_places 3
`)
  expect(await scraped(other)).toBe('')
  await provider.shutdown()
})

async function scraped(reader: PrometheusReader): Promise<string> {
  const { createServer } = await import('node:http')
  const { promise: listening, resolve } = Promise.withResolvers<void>()
  const server = createServer(reader.handler).listen(0, '127.0.0.1', resolve)
  await listening
  const address = server.address() as { port: number }
  const text = await (await fetch(`http://127.0.0.1:${address.port}`)).text()
  server.close()
  server.closeAllConnections()
  return text.replace(/^.*target_info.*\n/gm, '')
}
