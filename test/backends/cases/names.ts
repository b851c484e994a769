/** Metric names with UTF-8 characters, which only newer Prometheus servers accept. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PrometheusReader } from '@vr/otel-exporters'
import { MeterProvider } from '@vr/otel-metrics'
import type { PrometheusName } from '../stage.ts'
import { waitFor } from '../start/wait.ts'
import type { Case } from './case.ts'

/**
 * Returns the case for one Prometheus.
 * @param series PromQL selector of the series of the counter `tokens.użyte`
 */
export function nameCase(name: PrometheusName, title: string, series: string): Case {
  return {
    name: `${title}: stores a name without translation as ${series}`,
    needs: [name],
    run: async (stage) => {
      const prometheus = await stage.prometheus(name)
      const reader = new PrometheusReader({ translationStrategy: 'NoTranslation' })
      const provider = new MeterProvider({ readers: [reader] })
      provider.getMeter('names').createCounter('tokens.użyte').add(5, { 'model.name': 'm "1"' })
      const server = createServer(reader.handler).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      try {
        await prometheus.scrape(url)
        const target = await prometheus.target(url)
        assert.deepEqual([target?.health, target?.lastError], ['up', ''])
        const found = await waitFor(`series ${series}`, async () => (await prometheus.query(series))[0])
        assert.equal(found.value, 5)
      } finally {
        server.close()
        server.closeAllConnections()
        await provider.shutdown()
      }
    },
  }
}
