import { describe, expect, it } from 'vitest'
import { differences, FORMATS } from '../compatibility/results.ts'

const TAP = `TAP version 13
# Subtest: outer
    # Subtest: inner
    ok 1 - inner
    # Subtest: late
    not ok 2 - late
    # Subtest: off
    ok 3 - off # SKIP not here
    1..3
not ok 1 - outer
# Subtest: outer
ok 2 - outer
`

describe('comparing the results of a test suite without and with the flag', () => {
  it('parses TAP into one result per test, named by the path of its parents', () => {
    expect([...(FORMATS['tap']?.(TAP) ?? [])]).toEqual([
      ['outer › inner', 'ok'],
      ['outer › late', 'not ok'],
      ['outer › off', 'ok # SKIP'],
      ['outer', 'not ok'],
      ['outer (2)', 'ok'],
    ])
  })

  it('parses the JSON reports of Mocha and Jest after other output', () => {
    const mocha = { stats: {}, passes: [{ fullTitle: 'a' }], failures: [{ fullTitle: 'b' }], pending: [] }
    expect([...(FORMATS['mocha']?.(`noise\n${JSON.stringify(mocha, null, 2)}`) ?? [])]).toEqual([
      ['a', 'ok'],
      ['b', 'not ok'],
    ])
    const jest = {
      testResults: [{ name: '/x/c.test.ts', assertionResults: [{ fullName: 'c', status: 'passed' }] }],
    }
    expect([...(FORMATS['jest']?.(JSON.stringify(jest)) ?? [])]).toEqual([['c.test.ts › c', 'passed']])
  })

  it('reports tests whose result changes and tests that only one run has', () => {
    const without = new Map([
      ['same', 'ok'],
      ['worse', 'ok'],
      ['gone', 'ok'],
    ])
    const withFlag = new Map([
      ['same', 'ok'],
      ['worse', 'not ok'],
      ['new', 'ok'],
    ])
    expect(differences(without, withFlag)).toEqual([
      { test: 'gone', without: 'ok', withFlag: 'missing' },
      { test: 'new', without: 'missing', withFlag: 'ok' },
      { test: 'worse', without: 'ok', withFlag: 'not ok' },
    ])
  })
})
