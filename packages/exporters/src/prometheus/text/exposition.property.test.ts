import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryMetrics } from '../../testing/arbitrary-metrics.ts'
import { exposition, gauge, point, resourceMetrics, written } from '../../testing/metric-data.ts'
import { parseStrictly } from '../../testing/strict-parser.ts'
import type { EscapingScheme } from '../naming/escaping.ts'
import { text004, text100 } from './classic-text.ts'
import type { ExpositionSettings } from './exposition.ts'
import type { ExpositionFormat } from './format.ts'
import { openMetrics100 } from './open-metrics.ts'

const settings: fc.Arbitrary<Partial<ExpositionSettings>> = fc.record({
  prefix: fc.constantFrom('', 'app', '0_-'),
  translationStrategy: fc.constantFrom(
    'UnderscoreEscapingWithSuffixes',
    'UnderscoreEscapingWithoutSuffixes',
    'NoUTF8EscapingWithSuffixes',
    'NoTranslation',
  ),
  withResourceConstantLabels: fc.constantFrom(undefined, /a/, /.*/g),
  withoutScopeInfo: fc.boolean(),
  withoutTargetInfo: fc.boolean(),
  unlabelledScopes: fc.constantFrom(new Set<string>(), new Set(['ours'])),
  created: fc.boolean(),
})

const formats: fc.Arbitrary<ExpositionFormat> = fc.constantFrom(text004, text100, openMetrics100)

const schemes: fc.Arbitrary<EscapingScheme> = fc.constantFrom('underscores', 'allow-utf-8', 'dots', 'values')

function dialect(format: ExpositionFormat): 'text' | 'openmetrics' {
  return format === openMetrics100 ? 'openmetrics' : 'text'
}

/** As a scraper receives it: UTF-8 replaces lone surrogates. */
function transported(text: string): string {
  return Buffer.from(text).toString()
}

describe('for arbitrary metrics', () => {
  it('every exposition is valid, in the first and in later scrapes', () => {
    fc.assert(
      fc.property(
        fc.array(arbitraryMetrics, { minLength: 1, maxLength: 2 }),
        settings,
        schemes,
        fc.array(formats, { minLength: 1, maxLength: 3 }),
        (collections, options, scheme, requestedFormats) => {
          const { exposition: writer } = exposition(options, scheme)
          for (const collected of collections) {
            for (const format of requestedFormats) {
              parseStrictly(transported([...writer.write(collected, format)].join('')), dialect(format))
            }
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('a used exposition writes the same text as a new one', () => {
    fc.assert(
      fc.property(arbitraryMetrics, arbitraryMetrics, formats, (before, collected, format) => {
        const { exposition: used } = exposition()
        for (const other of [before, collected]) [...used.write(other, format)].join('')
        expect([...used.write(collected, format)].join('')).toBe(written(collected, format).text)
      }),
      { numRuns: 300 },
    )
  })

  it('label and sample values are parsed as they were written', () => {
    const value = fc.string({ unit: 'binary' }).map((text) => text.toWellFormed())
    fc.assert(
      fc.property(value, value, fc.double(), formats, (label, description, number, format) => {
        const collected = resourceMetrics([gauge('g', [point(number, { label })], { description })])
        expect(parseStrictly(transported(written(collected, format).text), dialect(format))).toEqual([
          {
            name: 'g',
            type: 'gauge',
            unit: '',
            help: description,
            samples: [
              {
                name: 'g',
                labels: label === '' ? {} : { label },
                value: number === 0 ? expect.closeTo(0) : number,
              },
            ],
            seen: expect.anything(),
          },
        ])
      }),
      { numRuns: 500 },
    )
  })
})

describe('the strict parser', () => {
  it.each([
    ['a blank line', '# TYPE a gauge\n\na 1\n'],
    ['a comment', '# TYPE a gauge\n# hello\na 1\n'],
    ['a sample without a family', 'a 1\n'],
    ['no TYPE', '# HELP a x\na 1\n'],
    ['two TYPEs', '# TYPE a gauge\n# TYPE a gauge\na 1\n'],
    ['a family in two parts', '# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# TYPE a gauge\na{x="1"} 1\n'],
    ['clashing names', '# TYPE a histogram\na_bucket{le="+Inf"} 1\n# TYPE a_count gauge\na_count 1\n'],
    ['a series twice', '# TYPE a gauge\na{x="1",y="2"} 1\na{y="2",x="1"} 1\n'],
    ['a series twice, once with an empty label', '# TYPE a gauge\na{x="1",y=""} 1\na{x="1"} 1\n'],
    ['a label twice', '# TYPE a gauge\na{x="1",x="2"} 1\n'],
    ['a reserved label', '# TYPE a gauge\na{__name__="1"} 1\n'],
    ['an invalid label', '# TYPE a gauge\na{0="1"} 1\n'],
    ['a raw quote', '# TYPE a gauge\na{x="""} 1\n'],
    ['an unknown escape', '# TYPE a gauge\na{x="\\t"} 1\n'],
    ['an integer bound', '# TYPE a histogram\na_bucket{le="1"} 1\na_bucket{le="+Inf"} 1\n'],
    ['falling buckets', '# TYPE a histogram\na_bucket{le="1.0"} 2\na_bucket{le="+Inf"} 1\n'],
    ['no last bucket', '# TYPE a histogram\na_bucket{le="1.0"} 2\n'],
    ['another count', '# TYPE a histogram\na_bucket{le="+Inf"} 2\na_count 1\n'],
    ['a negative counter', '# TYPE a counter\na -1\n'],
    ['an exemplar', '# TYPE a counter\na 1 # {} 1 1.0\n'],
    ['no line end', '# TYPE a gauge\na 1'],
    ['two values', '# TYPE a gauge\na 1 2\n'],
  ])('rejects %s', (_, text) => {
    expect(() => parseStrictly(text, 'text')).toThrow()
  })

  it.each([
    ['no end', '# TYPE a gauge\na 1\n'],
    ['more after the end', '# EOF\na 1\n'],
    ['a unit that does not end the name', '# TYPE a gauge\n# UNIT a seconds\na 1\n# EOF\n'],
    ['an exemplar on a gauge', '# TYPE a gauge\na 1 # {} 1 1.0\n# EOF\n'],
    ['an exemplar without time', '# TYPE a counter\na_total 1 # {} 1\n# EOF\n'],
    ['an exemplar outside its bucket', '# TYPE a histogram\na_bucket{le="+Inf"} 1 # {} NaN 1.0\n# EOF\n'],
    ['a long exemplar', `# TYPE a counter\na_total 1 # {x="${'y'.repeat(128)}"} 1 1.0\n# EOF\n`],
    ['count without sum', '# TYPE a histogram\na_bucket{le="+Inf"} 1\na_count 1\n# EOF\n'],
    ['a counter without _total', '# TYPE a counter\na 1\n# EOF\n'],
  ])('rejects %s in OpenMetrics', (_, text) => {
    expect(() => parseStrictly(text, 'openmetrics')).toThrow()
  })
})
