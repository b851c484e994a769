import fc from 'fast-check'
import { expect, it } from 'vitest'
import { NAMING } from '../../testing/metric-data.ts'
import { createNaming } from '../naming/naming.ts'
import { LabelTemplate } from './label-template.ts'
import { byName, labelsOf, presentLabels, renderLabels } from './labels.ts'

const key = fc.oneof(fc.constantFrom('a', 'b', 'le', 'a.b', 'a_b', 'zone', '__x', '0'), fc.string())
const primitive = fc.oneof(
  fc.constantFrom('', 'x', 'say "x"\\\n', undefined),
  fc.string(),
  fc.double(),
  fc.boolean(),
)

it('a template renders the same labels as the general conversion', () => {
  const constant = [
    ['service', 'a"b'],
    ['tenant', ''],
    ['zone', '1'],
  ] as const
  fc.assert(
    fc.property(
      fc.dictionary(key, fc.oneof(primitive, fc.array(fc.string()))),
      fc.constantFrom([], constant),
      fc.constantFrom('underscores', 'allow-utf-8', 'dots', 'values'),
      (attributes, labels, scheme) => {
        const naming = createNaming(NAMING, scheme)
        const reserved = new Set(['le', ...labels.map(([name]) => name)])
        const keys = Object.keys(attributes)
        const template = new LabelTemplate(keys, naming, labels, reserved)
        const own = labelsOf(attributes, naming, reserved)
        const expected = renderLabels(presentLabels([...labels, ...own].sort(byName)))
        const text = template.render(keys.map((name) => attributes[name]))
        expect([expected, undefined]).toContain(text)
        const isSimple = own.length === keys.length && !Object.values(attributes).some(Array.isArray)
        if (isSimple) expect(text).toBe(expected)
      },
    ),
    { numRuns: 2000 },
  )
})
