import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatBound, formatValue } from './numbers.ts'

describe('bounds', () => {
  it('are canonical floats', () => {
    const bounds = [
      0.005,
      0.0001,
      0.00001,
      0.3,
      0,
      -0,
      1,
      2.5,
      60,
      -5,
      100000,
      1e6,
      123456789,
      1e-7,
      1e100,
      1 / 0,
      -1 / 0,
    ]
    expect(bounds.map(formatBound)).toEqual([
      '0.005',
      '0.0001',
      '1e-05',
      '0.3',
      '0.0',
      '0.0',
      '1.0',
      '2.5',
      '60.0',
      '-5.0',
      '100000.0',
      '1e+06',
      '1.23456789e+08',
      '1e-07',
      '1e+100',
      '+Inf',
      '-Inf',
    ])
  })

  it('read back as the same number and look like floats', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (bound) => {
        expect(Number(formatBound(bound))).toBe(bound === 0 ? 0 : bound)
        expect(formatBound(bound)).toMatch(/^-?\d+(\.\d+)?(e[+-]\d{2,})?$/)
        expect(formatBound(bound)).toMatch(/[.e]/)
      }),
    )
  })
})

describe('values', () => {
  it('are the shortest decimals that read back as the same number', () => {
    expect([0, 3, -1.5, 1e21, 5e-324, Number.NaN, 1 / 0, -1 / 0].map(formatValue)).toEqual([
      '0',
      '3',
      '-1.5',
      '1e+21',
      '5e-324',
      'NaN',
      '+Inf',
      '-Inf',
    ])
  })
})
