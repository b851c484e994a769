import { expect, it } from 'vitest'
import { TestCluster } from '../testing/test-cluster.ts'
import { valuesOf } from '../testing/values-of.ts'

const PLAIN_WORKER = new URL('../testing/plain-worker.ts', import.meta.url)

it('I14: a worker without telemetry is no member, delays no scrape and makes none incomplete', async () => {
  const cluster = new TestCluster()
  const [worker, plain] = [await cluster.fork(), await cluster.fork({ file: PLAIN_WORKER })]
  const scrape = await worker.run({ add: 4, action: 'sync' })
  expect(scrape).toMatchObject({ complete: true, values: { 'requests {}': 4 } })
  expect(cluster.aggregator.stats).toMatchObject({ live: 1, stale: 0 })
  expect(await plain.run({ action: 'report' })).toEqual({ total: 0 })
  plain.process.kill('SIGSTOP')
  expect(await cluster.aggregator.flush()).toBe(true)
})

it('I15: two primaries on one machine never mix their values', async () => {
  const counts = [3, 40]
  const gateways = counts.map((add) => ({ add, cluster: new TestCluster() }))
  const scrapes = await Promise.all(
    gateways.map(async ({ add, cluster }) => {
      const [recording, asked] = [await cluster.fork(), await cluster.fork()]
      await recording.run({ add, action: 'report' })
      return await asked.run({ action: 'sync' })
    }),
  )
  expect(scrapes.map(({ values }) => values?.['requests {}'])).toEqual(counts)
  for (const { add, cluster } of gateways)
    expect(await valuesOf(cluster.store)).toMatchObject({ 'requests {}': add, 'in_flight {}': 2 })
})
