import { expect, it } from 'vitest'
import { unitWords } from './units.ts'

it.each([
  ['', ''],
  ['1', ''],
  ['{request}', ''],
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['By', 'bytes'],
  ['MiBy', 'mebibytes'],
  ['%', 'percent'],
  ['By/s', 'bytes_per_second'],
  ['{packet}/s', 'per_second'],
  ['m/{turn}', 'meters'],
  ['1/s', 'per_second'],
  ['m/s^2', 'meters_per_s_2'],
  ['#?', ''],
])('translates the unit "%s" into "%s"', (unit, words) => {
  expect(unitWords(unit)).toBe(words)
})
