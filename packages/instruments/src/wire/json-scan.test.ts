import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findInHead, findInTail, valueAt } from './json-scan.ts'

const memberInHead = (text: string, path: readonly string[]) => valueAt(text, findInHead(text, path))
const memberInTail = (text: string, path: readonly string[]) => valueAt(text, findInTail(text, path))

/** Strings that look like parts of JSON. */
const hostile = fc.oneof(
  fc.string(),
  fc
    .array(fc.constantFrom('"', '\\', '{', '}', '[', ']', ':', ',', 'usage', '"usage":{"n":1}', ' '), {
      maxLength: 12,
    })
    .map((parts) => parts.join('')),
)
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    hostile,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom('usage', 'response', 'output'), hostile), tie('value'), {
      maxKeys: 3,
    }),
  ),
})).value
/** Name of the member to find. Other names have a prefix: objects list names that look like integers first. */
const NAME = 'sought\u2603'
const others = fc.dictionary(
  hostile.map((name) => `_${name}`),
  value,
  { maxKeys: 3 },
)
const document = fc
  .record({ a: others, b: others, c: others, d: others, value, indent: fc.constantFrom(undefined, 1, '\t') })
  .map(({ a, b, c, d, value, indent }) => {
    const text = JSON.stringify({ ...a, response: { ...b, [NAME]: value, ...c }, ...d }, undefined, indent)
    const name = text.indexOf(`"${NAME}"`)
    return { text, name, value }
  })

describe('memberInTail', () => {
  it('finds a member in every tail that contains it', () => {
    fc.assert(
      fc.property(document, ({ text, name, value }) => {
        for (let start = 0; start < name; start++) {
          expect(memberInTail(text.slice(start), ['response', NAME])).toEqual(value)
        }
      }),
      { numRuns: 300 },
    )
  })

  it.each<[string, string, unknown]>([
    ['a parent whose name is missing', '1],"usage":{"n":1},"user":null},"sequence":3}', { n: 1 }],
    ['a number', '…","usage":7},"z":1}', 7],
    ['nothing in another object', ',"other":{"usage":{"n":1}}}', undefined],
    ['nothing deeper', ',"metadata":{"usage":{"n":1}}}}', undefined],
    ['nothing less deep', '},"usage":{"n":1}}', undefined],
    ['nothing in a string', '…\\"usage\\":{\\"n\\":1}},"}}', undefined],
    ['nothing whose name may have a beginning that is missing', '"usage":{"n":1}}}', undefined],
    ['nothing in no JSON', 'usage', undefined],
    ['nothing in nothing', '', undefined],
    ['a member before one of another object', '{"response":{"usage":1},"other":{"usage":2}}', 1],
    ['nothing that is incomplete', ',"usage":{"n":1', undefined],
  ])('finds %s', (_what, text, expected) => {
    expect(memberInTail(text, ['response', 'usage'])).toEqual(expected)
  })
})

describe('memberInHead', () => {
  it('finds a member in every head that contains it', () => {
    fc.assert(
      fc.property(document, ({ text, name, value }) => {
        const found = Array.from(text, (_, at) => memberInHead(text.slice(0, at), ['response', NAME]))
        const complete = JSON.stringify(value, undefined, 1).length // or less, without spaces
        expect(memberInHead(text, ['response', NAME])).toEqual(value)
        expect(found.slice(0, name + NAME.length)).toEqual(found.slice(0, name + NAME.length).fill(undefined))
        for (const each of found.slice(name + NAME.length + complete * 4 + 8)) expect(each).toEqual(value)
      }),
      { numRuns: 300 },
    )
  })

  it.each<[string, string, unknown]>([
    ['a member of the object', '{"a":{"usage":1},"response":{"x":[{"usage":2}],"usage":3,', 3],
    ['nothing in another object', '{"response":{},"other":{"usage":1}}', undefined],
    ['nothing in a string', '{"response":{"x":"\\"usage\\":1', undefined],
    ['nothing that is incomplete', '{"response":{"usage":{"n":1', undefined],
    ['nothing of a value that is not an object', '{"response":[{"usage":1}],"usage":2}', undefined],
  ])('finds %s', (_what, text, expected) => {
    expect(memberInHead(text, ['response', 'usage'])).toEqual(expected)
  })
})

it('never throws', () => {
  fc.assert(
    fc.property(hostile, hostile, (a, b) => {
      for (const path of [['usage'], ['response', 'usage']]) {
        expect(() => [memberInHead(a + b, path), memberInTail(a + b, path)]).not.toThrow()
      }
    }),
    { numRuns: 2000 },
  )
})

it.each(['"', '\\', '{"a":', '\\"', '[', '}'])('reads 64 kB of %j in linear time', (piece) => {
  const text = piece.repeat(Math.ceil(65_536 / piece.length))
  // Quadratic time would be minutes: the test would time out.
  for (let i = 0; i < 20; i++)
    expect([memberInHead(text, ['a', 'b']), memberInTail(text, ['a', 'b'])]).toHaveLength(2)
})
