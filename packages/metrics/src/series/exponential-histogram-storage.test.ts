import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ExponentialHistogramStorage } from './exponential-histogram-storage.ts'
import { exponentialIndex, MAX_SCALE, MIN_SCALE, neededDownscale } from './exponential-scale.ts'

const positive = fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true })

function histogramOf(values: readonly number[], maxSize = 160) {
  const storage = new ExponentialHistogramStorage({ maxSize, recordMinMax: true, recordSum: true })
  storage.reserve(1)
  for (const value of values) storage.update(0, value)
  return storage.point(0)
}

describe('exponentialIndex', () => {
  it('puts a power of two into the bucket whose upper bound it is, at every scale', () => {
    for (let scale = MIN_SCALE; scale <= MAX_SCALE; scale += 1) {
      for (const exponent of [-1022, -3, -1, 0, 1, 2, 52, 1023]) {
        expect(exponentialIndex(2 ** exponent, scale)).toBe(Math.ceil(exponent * 2 ** scale) - 1)
      }
    }
  })

  it('returns the bucket whose bounds contain the value, except for rounding', () => {
    fc.assert(
      fc.property(positive, fc.integer({ min: MIN_SCALE, max: MAX_SCALE }), (value, scale) => {
        const index = exponentialIndex(value, scale)
        const exact = Math.log2(Math.max(value, 2 ** -1022)) * 2 ** scale
        const tolerance = Math.abs(exact) * 1e-14
        expect(index).toBeGreaterThanOrEqual(exact - 1 - tolerance)
        expect(index).toBeLessThanOrEqual(exact + tolerance)
      }),
    )
  })

  it('halves the index when the scale is lowered by 1', () => {
    fc.assert(
      fc.property(positive, fc.integer({ min: MIN_SCALE + 1, max: 0 }), (value, scale) => {
        expect(exponentialIndex(value, scale - 1)).toBe(exponentialIndex(value, scale) >> 1)
      }),
    )
  })
})

describe('ExponentialHistogramStorage', () => {
  it('counts every value once, in at most maxSize buckets, at the finest possible scale', () => {
    const values = fc.array(
      fc.oneof(
        positive,
        positive.map((x) => -x),
        fc.constant(0),
      ),
      { minLength: 1, maxLength: 60 },
    )
    fc.assert(
      fc.property(values, fc.constantFrom(2, 5, 160), (recorded, maxSize) => {
        const point = histogramOf(recorded, maxSize)
        const counts = [...point.positive.bucketCounts, ...point.negative.bucketCounts]
        expect(point.count).toBe(recorded.length)
        expect(counts.reduce((sum, n) => sum + n, point.zeroCount)).toBe(recorded.length)
        expect(point.min).toBe(Math.min(...recorded))
        expect(point.max).toBe(Math.max(...recorded))
        for (const { bucketCounts } of [point.positive, point.negative]) {
          expect(bucketCounts.length).toBeLessThanOrEqual(maxSize)
        }
        expect(point.scale).toBe(bestScale(recorded, maxSize))
      }),
    )
  })

  it('covers all doubles with two positive and two negative buckets', () => {
    expect(histogramOf([Number.MIN_VALUE, Number.MAX_VALUE, -1e-300, -1e300], 2)).toMatchObject({
      scale: MIN_SCALE,
      positive: { offset: -1, bucketCounts: [1, 1] },
      negative: { offset: -1, bucketCounts: [1, 1] },
    })
  })

  it('returns a snapshot that later values do not change', () => {
    const storage = new ExponentialHistogramStorage({ maxSize: 4, recordMinMax: true, recordSum: true })
    storage.reserve(2)
    storage.update(0, 1)
    const snapshot = storage.snapshot()
    const before = snapshot.point(0)
    for (const value of [2, 1e9, 1e-9]) storage.update(0, value)
    expect(snapshot.point(0)).toEqual(before)
  })
})

/** Reference implementation: the largest scale at which each side spans at most maxSize buckets. */
function bestScale(values: readonly number[], maxSize: number): number {
  const sides = [
    values.filter((value) => value > 0),
    values.filter((value) => value < 0).map((value) => -value),
  ]
  let scale = MAX_SCALE
  const fits = (side: readonly number[]) => {
    const indexes = side.map((value) => exponentialIndex(value, scale))
    return neededDownscale(Math.min(...indexes), Math.max(...indexes), maxSize) === 0
  }
  while (!sides.every((side) => side.length === 0 || fits(side))) scale -= 1
  return scale
}
