import { describe, expect, it } from 'vitest'
import { openProvider } from '../testing/open-provider.ts'

describe('cardinality limit', () => {
  it('limits a cumulative stream to n series and the overflow series, without losing measurements', async () => {
    const { reader, meter } = openProvider({ cardinalityLimit: 3 })
    const counter = meter.createCounter('c')
    for (let k = 0; k < 100; k += 1) {
      counter.add(1, { k })
      await reader.collect()
    }
    counter.add(1, { k: 2 })
    expect((await reader.points('c')).map(({ attributes, value }) => [attributes, value])).toEqual([
      [{ k: 0 }, 1],
      [{ k: 1 }, 1],
      [{ k: 2 }, 2],
      [{ 'otel.metric.overflow': true }, 97],
    ])
  })
})

describe('shutdown', () => {
  it('shuts down the readers once, and makes later meters record nothing', async () => {
    const { reader, provider } = openProvider()
    await provider.shutdown()
    await provider.shutdown()
    provider.getMeter('late').createCounter('c').add(1)
    await expect(reader.collect()).rejects.toThrow('shutdown')
  })
})
