import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ExponentialHistogramStorage } from '../series/exponential-histogram-storage.ts'
import {
  combineExponentials,
  countOfExponential,
  EMPTY_EXPONENTIAL,
  type ExponentialValue,
  trimmed,
} from './exponential-value.ts'

const sum = (a: number, b: number): number => a + b
const add = (a: ExponentialValue, b: ExponentialValue) => combineExponentials(a, b, sum, sum)

/** Values that a double represents exactly, of any magnitude, so that histograms have different scales. */
const measurements = fc.array(
  fc
    .tuple(fc.integer({ min: -8, max: 8 }), fc.integer({ min: 0, max: 20 }))
    .map(([n, power]) => n * 2 ** power),
  { maxLength: 30 },
)

/** The histogram of these measurements, with the default number of buckets. */
function record(values: readonly number[]): ExponentialValue {
  const storage = new ExponentialHistogramStorage({ maxSize: 160, recordMinMax: true, recordSum: true })
  storage.reserve(1)
  for (const value of values) storage.update(0, value)
  const { positive, negative, scale, zeroCount, sum: total = 0, ...range } = storage.point(0)
  const { min = Number.POSITIVE_INFINITY, max = Number.NEGATIVE_INFINITY } = range
  return {
    sum: total,
    min,
    max,
    scale,
    zeroCount,
    positive: trimmed(positive.offset, positive.bucketCounts),
    negative: trimmed(negative.offset, negative.bucketCounts),
  }
}

describe('the sum of exponential histograms', () => {
  it('equals the histogram of all measurements', () => {
    fc.assert(
      fc.property(measurements, measurements, (a, b) => {
        expect(add(record(a), record(b))).toEqual(record([...a, ...b]))
      }),
    )
  })

  it('I6: is commutative and associative, and the empty value is neutral', () => {
    fc.assert(
      fc.property(measurements, measurements, measurements, (...values) => {
        const [a, b, c] = values.map(record) as [ExponentialValue, ExponentialValue, ExponentialValue]
        expect(add(a, b)).toEqual(add(b, a))
        expect(add(add(a, b), c)).toEqual(add(a, add(b, c)))
        expect(add(a, EMPTY_EXPONENTIAL)).toEqual(a)
      }),
    )
  })

  it('I7: has the count of all measurements', () => {
    fc.assert(
      fc.property(measurements, measurements, (a, b) => {
        expect(countOfExponential(add(record(a), record(b)))).toBe(a.length + b.length)
      }),
    )
  })
})
