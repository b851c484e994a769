import { expect, it } from 'vitest'
import { TestCluster } from '../testing/test-cluster.ts'
import { valuesOf } from '../testing/values-of.ts'

it.each(['json', 'advanced'] as const)(
  'I2: counts what a worker recorded 50 ms before SIGKILL exactly once (serialization %s)',
  async (serialization) => {
    const cluster = new TestCluster()
    let expected = 0
    const runs = Array.from({ length: 8 }, async (_, index) => {
      const worker = await cluster.fork({ serialization })
      for (let round = 0; round <= index % 3; round += 1) {
        const { total } = await worker.run({
          add: 1 + ((index * 7 + round) % 23),
          action: 'report after 50 ms',
        })
        if (round === index % 3) expected += total
      }
      await worker.end('SIGKILL')
    })
    await Promise.all(runs)
    await cluster.allEnded()
    const values = await valuesOf(cluster.store)
    expect(values).toMatchObject({ 'requests {}': expected, 'durations {}': { count: expected } })
    expect(values).not.toHaveProperty('in_flight {}')
  },
)
