import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findInHead, findInTail } from './json-scan.ts'
import { HeadMembers, TailMembers } from './member-index.ts'

const NAMES = ['a', 'usage', 'model', '', 'b']
/** Parts of JSON in any order. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(...'{}[]",:\\ '),
      fc.constantFrom(...NAMES.flatMap((name) => [`"${name}":`, `"${name}":1,`, `"${name}":{`, `"${name}"`])),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''))
const names = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 8 })

describe('an index of members', () => {
  it('finds the members that a search for each of them finds, in any order', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          text.map((inner) => `{${inner}}`),
          fc.json(),
        ),
        names,
        (json, sought) => {
          const head = new HeadMembers(json)
          const tail = new TailMembers(json)
          for (const name of sought) {
            expect(head.find(name)).toBe(findInHead(json, [name]))
            expect(tail.find(name)).toBe(findInTail(json, [name]))
          }
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('stores 1,024 names', () => {
    const json = `{${Array.from({ length: 2000 }, (_, i) => `"${i}":1`).join()}}`
    const head = new HeadMembers(json)
    const tail = new TailMembers(json)
    expect([head.find('missing'), head.find('1023') > 0, head.find('1024')]).toEqual([-1, true, -1])
    expect([tail.find('missing'), tail.find('976') > 0, tail.find('975')]).toEqual([-1, true, -1])
  })
})
