import type { Counter, Histogram } from '@opentelemetry/api'
import { expect, it } from 'vitest'
import { countSeries, recordSeries, SeriesIndex } from './series.ts'

it('binds attributes if the provider supports it', () => {
  const calls: unknown[] = []
  const bind = (attributes: unknown) => ({
    add: (...args: unknown[]) => calls.push(['add', attributes, ...args]),
    record: (...args: unknown[]) => calls.push(['record', attributes, ...args]),
  })
  countSeries({ bind } as unknown as Counter, { a: 1 }).add(2)
  recordSeries({ bind } as unknown as Histogram, { b: 1 }).record(3)
  expect(calls).toEqual([
    ['add', { a: 1 }, 2],
    ['record', { b: 1 }, 3],
  ])
})

it('passes the attributes with each call to any other provider', () => {
  const calls: unknown[] = []
  countSeries({ add: (...args: unknown[]) => calls.push(args) } as unknown as Counter, { a: 1 }).add(2)
  const histogram = { record: (...args: unknown[]) => calls.push(args) } as unknown as Histogram
  recordSeries(histogram, { b: 1 }).record(3)
  expect(calls).toEqual([
    [2, { a: 1 }, undefined],
    [3, { b: 1 }, undefined],
  ])
})

it('creates a series once for each pair of values', () => {
  const made: string[] = []
  const index = new SeriesIndex((a, b) => made.push(`${a}|${b}`))
  for (const [a, b] of [
    ['x', 'y'],
    ['x', 'z'],
    ['x', 'y'],
    ['x|y', 'z'],
  ] as const)
    index.get(a, b)
  expect(made).toEqual(['x|y', 'x|z', 'x|y|z'])
})
