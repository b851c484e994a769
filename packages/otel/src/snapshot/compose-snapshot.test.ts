import type { CollectedFamily } from '@vr/otel-exporters'
import { expect, it } from 'vitest'
import { composeSnapshot } from './compose-snapshot.ts'

function numbers(
  type: 'counter' | 'gauge',
  name: string,
  values: readonly (readonly [Record<string, string>, number])[],
) {
  return {
    type,
    name,
    series: values.map(([labels, value]) => ({ labels, startMs: 0, value })),
  } as CollectedFamily
}

const slots = numbers('counter', 'app_slots', [
  [{ slot: '1', model: 'm' }, 2],
  [{ slot: '01', model: 'm' }, 3],
  [{ slot: '4294967295', model: 'm' }, 4],
  [{ model: 'm' }, 5],
])

it('makes vectors of families that the caller names, of series with a valid position only', () => {
  const rest = slots.series
    .slice(1)
    .map(({ labels }, at) => ({ type: 'Counter', name: 'app_slots', labels, value: at + 3 }))
  for (const name of ['app_slots', 'app_slots_total']) {
    expect(composeSnapshot([slots], { vectors: { [name]: 'slot' } })).toEqual([
      { type: 'Vector', name: 'app_slots', labels: { model: 'm' }, values: [0, 2] },
      ...rest,
    ])
  }
  expect(composeSnapshot([slots])).toHaveLength(4)
})

it('selects families by name or prefix, and series by labels', () => {
  const families = [
    slots,
    numbers('gauge', 'app_depth', [[{ model: 'n' }, 1]]),
    numbers('gauge', 'x', [[{}, 1]]),
  ]
  const names = (filter: Parameters<typeof composeSnapshot>[1]) => [
    ...new Set(composeSnapshot(families, filter).map(({ name }) => name)),
  ]
  expect(names({})).toEqual(['app_slots', 'app_depth', 'x'])
  expect(names({ names: ['app_slots_total'], prefixes: ['x'] })).toEqual(['app_slots', 'x'])
  expect(names({ prefixes: ['app_'], labels: { model: 'n' } })).toEqual(['app_depth'])
  expect(names({ names: [] })).toEqual([])
})

it('gives JSON that has every number, and plain objects', () => {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.5]
  const snapshot = composeSnapshot([
    numbers(
      'gauge',
      'g',
      values.map((value) => [{}, value] as const),
    ),
  ])
  expect(structuredClone(snapshot)).toEqual(snapshot)
  const parsed = JSON.parse(JSON.stringify(snapshot)) as readonly { value: unknown }[]
  expect(parsed.map(({ value }) => value)).toEqual(['NaN', 'Infinity', '-Infinity', 1.5])
  expect(parsed.map(({ value }) => Number(value))).toEqual(values)
})
