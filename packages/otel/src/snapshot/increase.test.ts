import type { CollectedFamily } from '@vr/otel-exporters'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FamilyIncrease } from './increase.ts'

const RETAIN_MS = 60_000

interface Read {
  readonly value?: number
  readonly startMs?: number | undefined
}

/** A counter with one series for each `worker`. */
function counter(series: Readonly<Record<string, Read>>): CollectedFamily {
  return {
    type: 'counter',
    name: 'jobs',
    series: Object.entries(series).map(([worker, { value = 0, startMs }]) => ({
      labels: { worker },
      startMs,
      value,
    })),
  }
}

function histogram(buckets: Readonly<Record<string, number>>): CollectedFamily {
  const series = [{ labels: {}, startMs: undefined, count: buckets['+Inf'] ?? 0, sum: 0, buckets }]
  return { type: 'histogram', name: 'jobs', series }
}

/** Adds readings that are one second apart, and returns the increase. */
function increaseOf(
  families: readonly (CollectedFamily | undefined)[],
  labels: Readonly<Record<string, string>> = {},
): Record<string, number> {
  const increase = new FamilyIncrease(labels, RETAIN_MS)
  for (const [at, family] of families.entries()) increase.add(family, { startedMs: at * 1000, at: at * 1000 })
  return Object.fromEntries(increase.totals)
}

describe('the increase', () => {
  it('of the first reading is none', () => {
    expect(increaseOf([counter({ a: { value: 7 } })])).toEqual({})
  })

  it('is the difference of each series, added', () => {
    const readings = [
      counter({ a: { value: 7 }, b: { value: 1 } }),
      counter({ a: { value: 9 }, b: { value: 4 } }),
    ]
    expect(increaseOf(readings)).toEqual({ '+Inf': 5 })
    expect(increaseOf(readings, { worker: 'b' })).toEqual({ '+Inf': 3 })
  })

  it('after a reset is the new value', () => {
    expect(increaseOf([counter({ a: { value: 7 } }), counter({ a: { value: 3 } })])).toEqual({ '+Inf': 3 })
  })

  it('after a reset to a higher value is the new value, if the start shows it', () => {
    const restarted = counter({ a: { value: 9, startMs: 500 } })
    expect(increaseOf([counter({ a: { value: 7, startMs: -5000 } }), restarted])).toEqual({ '+Inf': 9 })
    expect(increaseOf([counter({ a: { value: 7 } }), restarted])).toEqual({ '+Inf': 9 })
  })

  it('of a series whose start moves back is the difference', () => {
    const readings = [counter({ a: { value: 7, startMs: 600 } }), counter({ a: { value: 9, startMs: 500 } })]
    expect(increaseOf(readings)).toEqual({ '+Inf': 2 })
  })

  it('of a new series is its value only if it started after the previous reading', () => {
    const first = counter({ a: { value: 1 } })
    const second = (startMs: number | undefined) => counter({ a: { value: 1 }, b: { value: 5, startMs } })
    expect(increaseOf([first, second(0)])).toEqual({ '+Inf': 5 })
    expect(increaseOf([first, second(-1)])).toEqual({ '+Inf': 0 })
    expect(increaseOf([first, second(undefined)])).toEqual({ '+Inf': 0 })
  })

  it('of a series that was missing is counted from its last reading', () => {
    const missing = [counter({ a: { value: 5 } }), undefined, counter({}), counter({ a: { value: 8 } })]
    expect(increaseOf(missing)).toEqual({ '+Inf': 3 })
  })

  it('of a series that was missing for too long is none', () => {
    const gap = Array.from({ length: 62 }, () => undefined)
    expect(increaseOf([counter({ a: { value: 5 } }), ...gap, counter({ a: { value: 8 } })])).toEqual({})
  })

  it('of a histogram is that of each bucket, and one lower bucket resets all', () => {
    const first = histogram({ '1.0': 5, '+Inf': 6 })
    expect(increaseOf([first, histogram({ '1.0': 6, '+Inf': 9 })])).toEqual({ '1.0': 1, '+Inf': 3 })
    expect(increaseOf([first, histogram({ '1.0': 0, '+Inf': 10 })])).toEqual({ '1.0': 0, '+Inf': 10 })
  })

  it('of a gauge, and of values that are not finite, is none', () => {
    const gauge = (value: number): CollectedFamily =>
      ({ ...counter({ a: { value } }), type: 'gauge' }) as CollectedFamily
    expect(increaseOf([gauge(1), gauge(5)])).toEqual({})
    const infinite = counter({ a: { value: Number.POSITIVE_INFINITY } })
    expect(
      increaseOf([infinite, infinite, counter({ a: { value: 1 } }), counter({ a: { value: 4 } })]),
    ).toEqual({
      '+Inf': 3,
    })
  })
})

it('the increase of engines that restart is that of `increase` of Prometheus: all differences, and values after resets', () => {
  const event = fc.record({
    engine: fc.constantFrom('a', 'b', 'c'),
    add: fc.nat(1000),
    isReset: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(fc.array(event, { maxLength: 5 }), { minLength: 2, maxLength: 20 }), (intervals) => {
      const values: Record<string, number> = { a: 0, b: 0, c: 0 }
      const read: Record<string, number>[] = [{ ...values }]
      for (const events of intervals) {
        for (const { engine, add, isReset } of events)
          values[engine] = (isReset ? 0 : (values[engine] ?? 0)) + add
        read.push({ ...values })
      }
      const expected = Object.keys(values).reduce(
        (sum, engine) => sum + prometheusIncrease(read.map((one) => one[engine] ?? 0)),
        0,
      )
      const families = read.map((one) =>
        counter(Object.fromEntries(Object.entries(one).map(([engine, value]) => [engine, { value }]))),
      )
      expect(increaseOf(families)['+Inf']).toBe(expected)
    }),
    { numRuns: 500 },
  )
})

/** The formula of `extrapolatedRate` in promql/functions.go, without the extrapolation to the ends of the range. */
function prometheusIncrease(samples: readonly number[]): number {
  let result = (samples.at(-1) ?? 0) - (samples[0] ?? 0)
  for (const [at, sample] of samples.entries()) {
    const previous = samples[at - 1] ?? 0
    if (sample < previous) result += previous
  }
  return result
}
