import { describe, expect, it } from 'vitest'
import { type EscapingScheme, escapeName, isEscapingScheme } from './escaping.ts'

/** Examples of the Prometheus documentation: name, then the results of underscores, dots and values. */
const CASES = [
  ['no:escaping_required', 'no:escaping_required', 'no:escaping__required', 'no:escaping_required'],
  ['mysystem.prod.west', 'mysystem_prod_west', 'mysystem_dot_prod_dot_west', 'U__mysystem_2e_prod_2e_west'],
  ['http.status:sum', 'http_status:sum', 'http_dot_status:sum', 'U__http_2e_status:sum'],
  ['label with 😱', 'label_with__', 'label__with____', 'U__label_20_with_20__1f631_'],
  ['a_b.c', 'a_b_c', 'a__b_dot_c', 'U__a__b_2e_c'],
  ['1st', '_st', '__st', 'U___31_st'],
] as const

describe('escaping of names', () => {
  it.each(CASES)('%s', (name, ...expected) => {
    const schemes: readonly EscapingScheme[] = ['underscores', 'dots', 'values']
    expect(schemes.map((scheme) => escapeName(name, scheme, 'metric'))).toEqual(expected)
    expect(escapeName(name, 'allow-utf-8', 'metric')).toBe(name)
  })

  it('escapes a lone surrogate', () => {
    expect(escapeName('a\ud800', 'values', 'metric')).toBe('U__a_fffd_')
  })

  it('keeps colons only in metric names, and never returns an empty name', () => {
    expect(escapeName('a:b', 'underscores', 'label')).toBe('a_b')
    expect(escapeName('a:b', 'dots', 'label')).toBe('a__b')
    expect(escapeName('a:b', 'values', 'label')).toBe('U__a_3a_b')
    expect(escapeName('', 'allow-utf-8', 'label')).toBe('_')
  })

  it('recognizes the four schemes', () => {
    expect(['allow-utf-8', 'underscores', 'dots', 'values', '', 'other'].map(isEscapingScheme)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ])
  })
})
