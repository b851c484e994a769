import { expect, it } from 'vitest'
import type { Family } from '../family.ts'
import { mergeWorkers, type WorkerFamily } from './merge-workers.ts'

const METADATA = { unit: '', help: '' }

const gauge = (
  aggregator: string,
  ...values: readonly (readonly [label: string, value: number])[]
): WorkerFamily => ({
  aggregator,
  family: {
    name: 'g',
    type: 'gauge',
    ...METADATA,
    points: values.map(([l, value]) => ({ labels: { l }, value })),
  },
})

it.each([
  ['sum', 9],
  ['first', 2],
  ['min', 2],
  ['max', 7],
  ['average', 4.5],
  ['unknown', 9],
  ['constructor', 9],
])('values of workers are merged by the rule %s', (aggregator, expected) => {
  const [merged] = mergeWorkers([gauge(aggregator, ['a', 2], ['b', 1]), gauge(aggregator, ['a', 7])])
  expect(merged?.points).toEqual([
    { labels: { l: 'a' }, value: expected },
    { labels: { l: 'b' }, value: 1 },
  ])
})

it('metrics with the rule omit, and those of another type than in the first worker, are not merged', () => {
  const other = {
    ...gauge('sum', ['a', 5]),
    family: { ...gauge('sum', ['a', 5]).family, type: 'counter' } as Family,
  }
  expect(mergeWorkers([gauge('omit', ['a', 1])])).toEqual([])
  expect(mergeWorkers([gauge('sum', ['a', 1]), other])[0]?.points).toEqual([{ labels: { l: 'a' }, value: 1 }])
})

it('buckets of histograms are merged by bound, and quantiles of summaries by quantile', () => {
  const histogram = (count: number, extra: readonly { bound: number; count: number }[]): WorkerFamily => {
    const buckets = [...extra, { bound: Number.POSITIVE_INFINITY, count }]
    return {
      aggregator: 'sum',
      family: { name: 'h', type: 'histogram', ...METADATA, points: [{ labels: {}, buckets, count, sum: 2 }] },
    }
  }
  const [merged] = mergeWorkers([
    histogram(3, [{ bound: 1, count: 2 }]),
    histogram(4, [{ bound: 1, count: 1 }]),
  ])
  expect(merged?.points).toEqual([
    {
      labels: {},
      buckets: [
        { bound: 1, count: 3 },
        { bound: Number.POSITIVE_INFINITY, count: 7 },
      ],
      count: 7,
      sum: 4,
    },
  ])
  const summary: WorkerFamily = {
    aggregator: 'average',
    family: {
      name: 's',
      type: 'summary',
      ...METADATA,
      points: [{ labels: {}, quantiles: [{ quantile: 0.5, value: 3 }], count: 1, sum: 3 }],
    },
  }
  expect(mergeWorkers([summary, summary])[0]?.points).toEqual([
    { labels: {}, quantiles: [{ quantile: 0.5, value: 3 }], count: 1, sum: 3 },
  ])
})
