import fc from 'fast-check'
import { expect, it } from 'vitest'
import { renderLabels } from './labels.ts'
import { readLabels } from './read-labels.ts'

it('reads any labels back that were rendered', () => {
  const text = fc.string({ unit: fc.oneof(fc.constantFrom(...'"\\\n,={} a:_'), fc.string({ maxLength: 1 })) })
  const labels = fc.uniqueArray(
    fc.tuple(
      text.filter((name) => name !== ''),
      text,
    ),
    {
      selector: ([name]) => name,
    },
  )
  fc.assert(
    fc.property(labels, (entries) => {
      expect(readLabels(renderLabels(entries))).toEqual(Object.fromEntries(entries))
    }),
    { numRuns: 2000 },
  )
})
