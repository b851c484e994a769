import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { AlignedHistogramBucketExemplarReservoir } from './aligned-histogram-reservoir.ts'
import { SimpleFixedSizeExemplarReservoir } from './fixed-size-reservoir.ts'
import type { ExemplarReservoir } from './reservoir.ts'
import { toExemplars } from './reservoir-cell.ts'

/** Linear congruential generator with a fixed seed (constants of Numerical Recipes), so that each run is the same. */
function seededRandom(): () => number {
  let state = 42
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Share of cycles in which each of n measurements was kept. */
function shareKept(reservoir: ExemplarReservoir, n: number, cycles: number): number[] {
  const kept = new Array<number>(n).fill(0)
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    for (let i = 0; i < n; i += 1) reservoir.offer(i, () => cycle, {}, ROOT_CONTEXT)
    for (const { value } of reservoir.collect({})) kept[value] = (kept[value] ?? 0) + 1
  }
  return kept.map((count) => count / cycles)
}

describe('reservoirs', () => {
  const cycles = 20_000
  const uniform: [string, ExemplarReservoir, number][] = [
    ['a fixed size of 1', new SimpleFixedSizeExemplarReservoir(1, seededRandom()), 1 / 10],
    ['a fixed size of 3', new SimpleFixedSizeExemplarReservoir(3, seededRandom()), 3 / 10],
    ['one bucket', new AlignedHistogramBucketExemplarReservoir([100], seededRandom()), 1 / 10],
  ]

  it.each(uniform)(
    '%s: keeps each measurement of a cycle with the same probability',
    (_, reservoir, share) => {
      for (const kept of shareKept(reservoir, 10, cycles)) {
        // Tolerance: five standard deviations of a binomial distribution.
        expect(Math.abs(kept - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / cycles))
      }
    },
  )

  it('keeps one exemplar per histogram bucket, with inclusive upper bounds', () => {
    const reservoir = new AlignedHistogramBucketExemplarReservoir([1, 5])
    for (const value of [1, 1, 5, 6]) reservoir.offer(value, () => 0, {}, ROOT_CONTEXT)
    expect(reservoir.collect({}).map(({ value }) => value)).toEqual([1, 5, 6])
  })

  it('returns the same exemplars until a measurement of the next cycle replaces them', () => {
    for (const reservoir of [
      new SimpleFixedSizeExemplarReservoir(),
      new AlignedHistogramBucketExemplarReservoir([9]),
    ]) {
      reservoir.offer(1, () => 1_500, {}, ROOT_CONTEXT)
      const first = reservoir.collect({})
      expect(first).toEqual([{ filteredAttributes: {}, value: 1, timestamp: [1, 500_000_000] }])
      expect(reservoir.collect({})).toEqual(first)
      reservoir.offer(2, () => 0, {}, ROOT_CONTEXT)
      expect(reservoir.collect({}).map(({ value }) => value)).toEqual([2])
    }
  })

  it('returns cells that later cycles do not change, and keeps cells that they do not replace', () => {
    const [fixed, aligned] = [
      new SimpleFixedSizeExemplarReservoir(2, () => 0),
      new AlignedHistogramBucketExemplarReservoir([1, 2]),
    ]
    for (const reservoir of [fixed, aligned]) {
      for (const value of [1, 2]) reservoir.offer(value, () => 0, {}, ROOT_CONTEXT)
      const cells = reservoir.takeCells()
      reservoir.offer(0.5, () => 0, {}, ROOT_CONTEXT)
      expect(toExemplars(cells, {}).map(({ value }) => value)).toEqual([1, 2])
      expect(reservoir.collect({}).map(({ value }) => value)).toEqual([0.5, 2])
    }
  })

  it('keeps ids and a copy of the attributes, and reads the clock only for measurements that are kept', () => {
    const reservoir = new SimpleFixedSizeExemplarReservoir(1, () => 0.999_999)
    const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }
    const attributes = { route: '/a', user: 'u', nothing: undefined }
    let reads = 0
    const now = () => {
      reads += 1
      return 0
    }
    reservoir.offer(1, now, attributes, trace.setSpanContext(ROOT_CONTEXT, span))
    attributes.user = 'changed'
    for (let i = 0; i < 100; i += 1) reservoir.offer(2, now, attributes, ROOT_CONTEXT)
    expect(reservoir.collect({ route: '/a' })).toEqual([
      {
        filteredAttributes: { user: 'u' },
        value: 1,
        timestamp: [0, 0],
        traceId: span.traceId,
        spanId: span.spanId,
      },
    ])
    expect(reads).toBe(1)
  })
})
