import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { TestCluster } from '../testing/test-cluster.ts'
import { valuesOf } from '../testing/values-of.ts'

describe.each(['json', 'advanced'] as const)(
  'I3: with serialization %s, no value is lost',
  (serialization) => {
    it.each(['exit', 'throw'] as const)(
      'when a worker ends by %s right after it recorded',
      async (action) => {
        const cluster = new TestCluster()
        const worker = await cluster.fork({ serialization })
        await worker.runAndEnd({ add: 17, action })
        await cluster.allEnded()
        expect(await cluster.requests()).toBe(17)
      },
    )

    it.each(['exit', 'throw'] as const)(
      'when a worker ends by %s with 5,000 changed series',
      async (action) => {
        const cluster = new TestCluster({ cardinalityLimit: 10_000 })
        const worker = await cluster.fork({ serialization })
        await worker.runAndEnd({ series: 5_000, action })
        await cluster.allEnded()
        const values = await valuesOf(cluster.store)
        expect(Object.keys(values).filter((name) => name.startsWith('requests'))).toHaveLength(5_000)
        expect(new Set(Object.values(values))).toEqual(new Set([1]))
      },
    )

    it('when a worker ends with 5,000 changed series while the primary does not read', async () => {
      const cluster = new TestCluster({ cardinalityLimit: 10_000 })
      const worker = await cluster.fork({ serialization })
      const end = worker.runAndEnd({ series: 5_000, action: 'exit' })
      await nextTurn()
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
      await end
      await cluster.allEnded()
      expect(Object.keys(await valuesOf(cluster.store))).toHaveLength(5_000)
    })

    it('when a signal listener of the application calls process.exit', async () => {
      const cluster = new TestCluster()
      const worker = await cluster.fork({ serialization })
      await worker.run({ add: 3, action: 'report' })
      await worker.end('SIGTERM')
      await cluster.allEnded()
      expect(await cluster.requests()).toBe(4)
    })
  },
)
