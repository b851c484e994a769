import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Family } from '../family.ts'
import { decodeFamily, encodeFamily } from './encode-family.ts'

const labels = fc.dictionary(
  fc.oneof(fc.constantFrom('value', 'labels', 'count'), fc.string()),
  fc.oneof(fc.constantFrom('NaN', 'Infinity'), fc.string()),
)
const value = fc.double()
const exemplar = fc.record({ labels, value, timestamp: value }, { requiredKeys: ['labels', 'value'] })
const metadata = { name: fc.string(), unit: fc.string(), help: fc.oneof(fc.constant('NaN'), fc.string()) }
const points = fc.array(
  fc.record({ labels, value, created: value, exemplar }, { requiredKeys: ['labels', 'value'] }),
)
const buckets = fc.array(fc.record({ bound: value, count: value }))
const quantiles = fc.array(fc.record({ quantile: value, value }))

const family: fc.Arbitrary<Family> = fc.oneof(
  fc.record({
    ...metadata,
    type: fc.constantFrom('counter', 'gauge', 'unknown', 'info', 'stateset'),
    points,
  }),
  fc.record({
    ...metadata,
    type: fc.constantFrom('histogram', 'gaugehistogram'),
    points: fc.array(fc.record({ labels, buckets, count: value, sum: value })),
  }),
  fc.record({
    ...metadata,
    type: fc.constant('summary'),
    points: fc.array(fc.record({ labels, quantiles, count: value, sum: value })),
  }),
)

/** The same with the sign of zero, which JSON does not keep, removed. */
const withoutNegativeZero = (given: Family): unknown =>
  JSON.parse(
    JSON.stringify(given, (_, item) =>
      Number.isFinite(item) || typeof item !== 'number' ? item : `${item}`,
    ),
  )

it('a family is the same in another process', () => {
  fc.assert(
    fc.property(family, (given) => {
      const line = encodeFamily(given)
      expect(line).not.toContain('\n')
      expect(withoutNegativeZero(decodeFamily(line) as Family)).toEqual(withoutNegativeZero(given))
    }),
  )
})

it.each([
  '',
  'null',
  '[]',
  '{}',
  '{"name":"x","type":"other","points":[]}',
  '{"name":"x","type":"gauge","points":{}}',
])('the line %j is no family', (line) => {
  expect(decodeFamily(line)).toBeUndefined()
})
