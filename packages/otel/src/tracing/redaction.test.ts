import { describe, expect, it } from 'vitest'
import { redactQuery } from './redaction.ts'

describe('redactQuery', () => {
  it.each([
    ['key=s&x=1', 'key=REDACTED&x=1'],
    ['?x=1&token=a=b&y', '?x=1&token=REDACTED&y'],
    ['monkey=1&keys=2', 'monkey=1&keys=2'],
    ['key=', 'key=REDACTED'],
    ['a=%26key=1', 'a=%26key=1'],
    ['', ''],
    ['&&==', '&&=='],
  ])('makes %j to %j', (query, expected) => {
    expect(redactQuery(query)).toBe(expected)
  })
})
