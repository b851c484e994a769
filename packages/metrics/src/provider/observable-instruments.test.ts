import { describe, expect, it } from 'vitest'
import { readerOf } from '../testing/collecting-reader.ts'
import { cumulative, delta, open, pointsOf } from '../testing/open-meter.ts'
import { openProvider } from '../testing/open-provider.ts'
import { MeterProvider } from './meter-provider.ts'

describe('observable instruments', () => {
  it('export the observed value as cumulative, and the difference as delta', async () => {
    const cumulative = readerOf('cumulative')
    const delta = readerOf('delta')
    const provider = new MeterProvider({ readers: [cumulative, delta] })
    const meter = provider.getMeter('m')
    let value = 0
    const counter = meter.createObservableCounter('c')
    const gauge = meter.createObservableGauge('g')
    counter.addCallback((result) => result.observe(value, { a: 1 }))
    meter.addBatchObservableCallback(
      async (result) => {
        await Promise.resolve()
        result.observe(gauge, value)
      },
      [gauge],
    )
    const values: unknown[] = []
    for (value of [10, 25, 4, 9]) {
      values.push((await cumulative.points('c')).map((point) => point.value))
      values.push((await delta.points('c')).map((point) => point.value))
    }
    expect(values).toEqual([[10], [10], [25], [15], [4], [4], [9], [5]])
    expect((await cumulative.points('g')).map((point) => point.value)).toEqual([9])
  })

  it('drop the observations of a failed callback only', async () => {
    const { reader, meter } = openProvider()
    const gauge = meter.createObservableGauge('g')
    gauge.addCallback((result) => result.observe(1, { good: true }))
    gauge.addCallback((result) => {
      result.observe(1, { good: false })
      throw new Error('broken')
    })
    gauge.addCallback(() => Promise.reject())
    const { resourceMetrics, errors } = await reader.collect()
    expect(errors).toEqual([new Error('broken'), new Error('observable callback failed')])
    expect(resourceMetrics.scopeMetrics[0]?.metrics[0]?.dataPoints.map((point) => point.attributes)).toEqual([
      { good: true },
    ])
  })
})

describe('callbacks', () => {
  it('run once per collection, however often they are registered, until they are removed', async () => {
    const reader = cumulative()
    const meter = open([reader])
    const [a, b] = [meter.createObservableGauge('a'), meter.createObservableGauge('b')]
    let runs = 0
    const count = () => {
      runs += 1
    }
    for (let i = 0; i < 2; i += 1) {
      a.addCallback(count)
      meter.addBatchObservableCallback(count, [a, b])
      meter.addBatchObservableCallback(count, [b, a, b])
    }
    await reader.collect()
    expect(runs).toBe(2)
    a.removeCallback(count)
    b.removeCallback(count)
    meter.removeBatchObservableCallback(count, [a])
    await reader.collect()
    expect(runs).toBe(3)
    meter.removeBatchObservableCallback(count, [b, a])
    await reader.collect()
    expect(runs).toBe(3)
  })

  it('cannot observe other instruments, nor after the collection', async () => {
    const reader = delta()
    const meter = open([reader])
    const [a, b] = [meter.createObservableCounter('a'), meter.createObservableCounter('b')]
    let late = () => {}
    meter.addBatchObservableCallback(
      (result) => {
        result.observe(a, 1)
        result.observe(b, 1)
        late = () => result.observe(a, 100)
      },
      [a],
    )
    expect(await pointsOf(reader, 'a')).toEqual([[{}, 1]])
    late()
    expect(await pointsOf(reader, 'a')).toEqual([[{}, 0]])
    expect(await pointsOf(reader, 'b')).toEqual([])
  })

  it('of equal instruments feed one stream; the last value of equal attributes counts', async () => {
    const reader = cumulative()
    const meter = open([reader])
    for (const value of [1, 2]) {
      meter.createObservableGauge('x').addCallback((result) => {
        result.observe(value, { k: 'same' })
        result.observe(value, { k: value })
      })
    }
    expect(await pointsOf(reader)).toEqual([
      [{ k: 'same' }, 2],
      [{ k: 1 }, 1],
      [{ k: 2 }, 2],
    ])
  })
})
