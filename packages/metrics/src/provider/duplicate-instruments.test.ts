import { describe, expect, it } from 'vitest'
import { captureWarnings } from '../testing/capture-warnings.ts'
import { cumulative, delta, open, pointsOf } from '../testing/open-meter.ts'
import { MeterProvider } from './meter-provider.ts'

const warnings = captureWarnings()

describe('duplicate instruments', () => {
  it('with equal definitions share one stream', async () => {
    const reader = cumulative()
    const meter = open([reader])
    meter.createCounter('x', { unit: 's' }).add(1)
    meter.createCounter('x', { unit: 's' }).add(2)
    expect(await pointsOf(reader)).toEqual([[{}, 3]])
    expect(warnings()).toEqual([])
  })

  it('created by views with different attributes are both exported, with a warning', async () => {
    const [reader, other] = [cumulative(), delta()]
    const views = [
      { instrumentName: 'x', attributeBounds: { k: ['a'] } },
      { instrumentName: '*', attributeBounds: { k: 0 } },
    ]
    const counter = open([reader, other], views).createCounter('x')
    counter.add(1, { k: 'a' })
    expect((await reader.metrics()).map(({ descriptor }) => descriptor.name)).toEqual(['x', 'x'])
    // One warning per reader.
    expect(warnings()).toHaveLength(2)
    expect(warnings()[0]).toBe(
      'metric "x" of meter "m" is defined twice: as COUNTER, unit "", DOUBLE and as COUNTER, unit "", DOUBLE; both are exported. Rename one of them, in code or with a view',
    )
  })

  it('of another type, unit or value type are both exported, with a warning', async () => {
    const reader = cumulative()
    const meter = open([reader])
    meter.createCounter('x').add(1)
    meter.createUpDownCounter('X').add(2)
    meter.createCounter('x', { unit: 's' }).add(3)
    meter.createCounter('x', { valueType: 0 }).add(4)
    const metrics = await reader.metrics()
    expect(metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints[0]?.value])).toEqual([
      ['x', 1],
      ['X', 2],
      ['x', 3],
      ['x', 4],
    ])
    expect(warnings()).toHaveLength(3)
    expect(warnings()[0]).toContain('as COUNTER, unit "", DOUBLE and as UP_DOWN_COUNTER, unit "", DOUBLE')
  })

  it('use the longer description and the advice of the first', async () => {
    const reader = cumulative()
    const meter = open([reader])
    const advice = (...boundaries: number[]) => ({ advice: { explicitBucketBoundaries: boundaries } })
    meter.createHistogram('x', { description: 'short', ...advice(1) }).record(1)
    meter.createHistogram('x', { description: 'a longer one', ...advice(1, 2, 3) }).record(1)
    const [metric, ...others] = await reader.metrics()
    expect(others).toEqual([])
    expect(metric?.descriptor.description).toBe('a longer one')
    expect(metric?.dataPoints[0]?.value).toMatchObject({ buckets: { boundaries: [1], counts: [2, 0] } })
    expect(warnings()).toHaveLength(1)
  })

  it('of different meters are separate', async () => {
    const reader = cumulative()
    const provider = new MeterProvider({ readers: [reader] })
    for (const [i, version] of ['1', '2'].entries())
      provider
        .getMeter('m', version)
        .createCounter('x')
        .add(i + 1)
    const { scopeMetrics } = (await reader.collect()).resourceMetrics
    expect(
      scopeMetrics.map(({ scope, metrics }) => [scope.version, metrics[0]?.dataPoints[0]?.value]),
    ).toEqual([
      ['1', 1],
      ['2', 2],
    ])
  })
})
