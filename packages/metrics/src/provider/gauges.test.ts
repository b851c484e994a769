import { describe, expect, it } from 'vitest'
import { cumulative, explicit, open, pointsOf } from '../testing/open-meter.ts'

describe('gauges', () => {
  it('accept NaN and infinities, unless a view makes them a histogram', async () => {
    const reader = cumulative()
    const meter = open([reader], [{ instrumentName: 'h', aggregation: explicit([1]) }])
    const values = [2, Number.NaN, Number.POSITIVE_INFINITY]
    for (const value of values) {
      meter.createGauge('x').record(value)
      meter.createGauge('h').record(value)
    }
    let observed = Number.NEGATIVE_INFINITY
    meter.createObservableGauge('o').addCallback((result) => result.observe(observed))
    expect(await pointsOf(reader)).toEqual([[{}, Number.POSITIVE_INFINITY]])
    expect(await pointsOf(reader, 'h')).toEqual([
      [{}, { buckets: { boundaries: [1], counts: [0, 1] }, count: 1, min: 2, max: 2, sum: undefined }],
    ])
    expect(await pointsOf(reader, 'o')).toEqual([[{}, Number.NEGATIVE_INFINITY]])
    observed = 1
    expect(await pointsOf(reader, 'o')).toEqual([[{}, 1]])
  })
})
