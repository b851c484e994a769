import { expect, it } from 'vitest'
import { TestCluster } from '../testing/test-cluster.ts'

const MIB = 1024 * 1024

/** Blocks the event loop of this process, which aggregates. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

it('I10: while the primary is blocked for 5 s, a worker needs no more memory, and its values arrive then', async () => {
  const cluster = new TestCluster()
  const worker = await cluster.fork({ execArgv: ['--expose-gc'] })
  // The first run defines all series; the second one measures the same work with a reader that reads.
  await worker.run({ action: 'measure memory' })
  const { heapUsed: read = 0 } = await worker.run({ action: 'measure memory' })
  worker.process.send({ add: 1, action: 'measure memory' })
  block(5_000)
  await expect.poll(() => worker.messages.length, { timeout: 10_000 }).toBe(4)
  const { heapUsed: blocked = 0 } = worker.messages[3] as { heapUsed?: number }
  expect(blocked - read).toBeLessThan(2 * MIB)
  await worker.run({ add: 2, action: 'report' })
  expect(await cluster.aggregator.flush()).toBe(true)
  expect(await cluster.requests()).toBe(3)
  expect(cluster.aggregator.stats).toMatchObject({ live: 1, stale: 0, dropped: new Map() })
})
