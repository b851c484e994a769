import type { Attributes } from '@opentelemetry/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AttributeIndex, NO_SLOT } from './attribute-index.ts'

const anyKey = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', '', '1', 'toString')
const anyValue = fc.oneof(
  fc.constantFrom<unknown>(
    '',
    '1',
    1,
    0,
    -0,
    Number.NaN,
    null,
    undefined,
    true,
    'true',
    [],
    ['a'],
    ['a', 1],
    [[]],
  ),
  fc.constantFrom<unknown>(
    {},
    { a: 1 },
    { b: 2, a: 1 },
    { a: 1, b: 2 },
    new Uint8Array([1]),
    [1],
    '[1]',
    'null',
  ),
  fc.constantFrom<unknown>(1n, Symbol('s'), () => 1, new Date(0), new Map()),
)

const anyAttributes: fc.Arbitrary<Attributes> = fc
  .uniqueArray(fc.tuple(anyKey, anyValue), { maxLength: 4, selector: ([key]) => key })
  .map((entries) => Object.fromEntries(entries))

/** Reference implementation: two attribute sets are equal if their identities are. */
function identityOf(attributes: Attributes): string {
  const entries = Object.entries(attributes).flatMap(([key, value]) => {
    const identity = valueIdentity(value)
    return identity === undefined ? [] : [[key, identity]]
  })
  return JSON.stringify(entries.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)))
}

function valueIdentity(value: unknown): string | undefined {
  if (value === null) return 'null'
  if (typeof value === 'number') return `number ${value}`
  if (typeof value === 'string' || typeof value === 'boolean') return `${typeof value} ${value}`
  if (typeof value !== 'object' || value instanceof Date || value instanceof Map) return undefined
  if (value instanceof Uint8Array) return `bytes ${value.join()}`
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `${Array.isArray(value) ? 'array' : 'object'} ${JSON.stringify(entries)}`
}

describe('AttributeIndex', () => {
  it('assigns one slot to equal sets and different slots to different sets, for any values', () => {
    fc.assert(
      fc.property(fc.array(anyAttributes, { maxLength: 40 }), (sets) => {
        const index = new AttributeIndex()
        const slots = new Map<string, number>()
        for (const attributes of sets) {
          const identity = identityOf(attributes)
          const slot = index.locate(attributes, Number.POSITIVE_INFINITY)
          expect(slot).toBe(slots.get(identity) ?? slots.size)
          slots.set(identity, slot)
          expect(index.locate(attributes, 0)).toBe(slot)
        }
        expect(index.sets.map(identityOf)).toEqual([...slots.keys()])
      }),
      { numRuns: 500 },
    )
  })

  it('finds a set on the hot path in each order of keys in which it was located', () => {
    const index = new AttributeIndex()
    expect(index.locate({ a: 1, b: 2, c: 3 }, 10)).toBe(0)
    expect(index.find({ c: 3, a: 1, b: 2 })).toBe(NO_SLOT)
    expect(index.locate({ c: 3, a: 1, b: 2 }, 10)).toBe(0)
    expect(index.find({ c: 3, a: 1, b: 2 })).toBe(0)
    expect(index.find({ a: 1, b: 2 })).toBe(NO_SLOT)
  })

  it('adds no set beyond the limit, with known and unknown keys', () => {
    const index = new AttributeIndex()
    const located = [{ k: 1 }, { k: 2 }, { k: 3 }, { other: 1 }, { k: [1] }, {}, { k: 2 }, { k: 1 }]
    expect(located.map((attributes) => index.locate(attributes, 2))).toEqual([0, 1, -1, -1, -1, -1, 1, 0])
    expect(index.sets).toEqual([{ k: 1 }, { k: 2 }])
  })

  it('finds exactly the known sets beyond the limit, in any order of keys', () => {
    const few = fc
      .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom<unknown>(1, 2, [1], null, 1n)), {
        maxLength: 3,
        selector: ([key]) => key,
      })
      .map((entries): Attributes => Object.fromEntries(entries))
    fc.assert(
      fc.property(fc.array(few, { maxLength: 30 }), fc.nat(5), (sets, limit) => {
        const index = new AttributeIndex()
        const slots = new Map<string, number>()
        for (const attributes of sets) {
          const identity = identityOf(attributes)
          const expected = slots.get(identity) ?? (slots.size < limit ? slots.size : NO_SLOT)
          expect(index.locate(attributes, limit)).toBe(expected)
          if (expected >= 0) slots.set(identity, expected)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('ignores inherited properties', () => {
    const index = new AttributeIndex()
    expect(index.locate({ a: 1, b: 2 }, 10)).toBe(0)
    expect(index.locate(Object.assign(Object.create({ b: 2 }), { a: 1 }), 10)).toBe(1)
    expect(index.sets).toEqual([{ a: 1, b: 2 }, { a: 1 }])
  })

  it('ignores values that are too deep, too large or circular', () => {
    const index = new AttributeIndex()
    const circular: unknown[] = []
    circular.push(circular)
    const deep = JSON.parse(`${'['.repeat(50)}${']'.repeat(50)}`)
    const large = new Array(10_000).fill(0)
    for (const value of [circular, deep, large, new Uint8Array(10_000)]) index.locate({ value, kept: 1 }, 10)
    expect(index.sets).toEqual([{ kept: 1 }])
  })

  it('does not grow beyond the limit with new keys, orders or values', () => {
    const index = new AttributeIndex()
    for (let i = 0; i < 3_000; i += 1) index.locate({ [`key ${i}`]: i }, 100)
    for (let i = 0; i < 3_000; i += 1) index.locate({ a: 1, [`k${i % 7}`]: 1, [`l${i % 11}`]: i }, 100)
    expect(index.sets).toHaveLength(100)
  })
})
