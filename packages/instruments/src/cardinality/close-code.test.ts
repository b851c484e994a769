import { expect, it } from 'vitest'
import { CLOSE_CODE, closeCodeLabel } from './close-code.ts'

it.each<readonly [code: number, label: string]>([
  [1000, '1000'],
  [1005, '1005'],
  [1006, '1006'],
  [1015, '1015'],
  [3000, '3xxx'],
  [3999, '3xxx'],
  [4000, '4xxx'],
  [4999, '4xxx'],
  ...[0, 999, 1004, 1016, 2999, 5000, 65_535, -1, 1000.5, Number.NaN].map((code) => [code, 'other'] as const),
])('labels the close code %d as %s', (code, label) => {
  expect(closeCodeLabel(code)).toBe(label)
})

it('has a value for every code of a frame', () => {
  const labels = new Set(Array.from({ length: 65_536 }, (_, code) => closeCodeLabel(code)))
  expect([...labels].sort()).toEqual([...CLOSE_CODE.values, CLOSE_CODE.overflow].sort())
})
