import { expect, it } from 'vitest'
import { TestCluster } from '../testing/test-cluster.ts'
import { valuesOf } from '../testing/values-of.ts'

it('I5: with a stopped worker, a scrape of another one has the values of all within 50 ms, and is not complete', async () => {
  const cluster = new TestCluster()
  const [asked, stopped] = [await cluster.fork(), await cluster.fork()]
  await stopped.run({ add: 5, action: 'report after 50 ms' })
  const before = await asked.run({ add: 2, action: 'sync' })
  expect(before).toMatchObject({ complete: true, values: { 'requests {}': 7, 'in_flight {}': 2 } })

  stopped.process.kill('SIGSTOP')
  const during = await asked.run({ add: 3, action: 'sync' })
  expect(during).toMatchObject({ complete: false, hasState: true, values: { 'requests {}': 10 } })

  stopped.process.kill('SIGCONT')
  await stopped.run({ add: 1, action: 'report' })
  const after = await asked.run({ action: 'sync' })
  expect(after).toMatchObject({ complete: true, values: { 'requests {}': 11, 'in_flight {}': 2 } })
})

it('I5: a scrape of the aggregator does not wait for a worker that has been stopped for 3 s, and omits its gauges', async () => {
  const cluster = new TestCluster()
  const [worker, stopped] = [await cluster.fork(), await cluster.fork()]
  await stopped.run({ add: 5, action: 'report after 50 ms' })
  expect(await cluster.aggregator.flush()).toBe(true)
  stopped.process.kill('SIGSTOP')
  await expect.poll(() => cluster.aggregator.stats, { timeout: 10_000 }).toMatchObject({ live: 1, stale: 1 })
  await worker.run({ add: 1, action: 'report' })
  expect(await cluster.aggregator.flush()).toBe(false)
  expect(await valuesOf(cluster.store)).toMatchObject({ 'requests {}': 6, 'in_flight {}': 1 })
  expect(cluster.aggregator.stats.oldestPushAgeMs).toBeGreaterThan(2_900)

  stopped.process.kill('SIGCONT')
  await expect.poll(() => cluster.aggregator.stats, { timeout: 10_000 }).toMatchObject({ live: 2, stale: 0 })
  expect(await cluster.aggregator.flush()).toBe(true)
  expect(await valuesOf(cluster.store)).toMatchObject({ 'requests {}': 6, 'in_flight {}': 2 })
})
