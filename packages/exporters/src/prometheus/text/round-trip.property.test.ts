import { readdirSync, readFileSync } from 'node:fs'
import { parseExposition } from '@vr/otel-metrics/engine'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryMetrics } from '../../testing/arbitrary-metrics.ts'
import { exposition } from '../../testing/metric-data.ts'
import { byText, sampleEntry, samplesOf } from '../../testing/read-samples.ts'
import { type Dialect, parseStrictly } from '../../testing/strict-parser.ts'
import { text004, text100 } from './classic-text.ts'
import { openMetrics100 } from './open-metrics.ts'

const UNLIMITED = { maxLabels: 1e6, maxLabelLength: 1e6 }

/**
 * The samples that the parser of this package's tests reads. The count of a histogram is the value of its last bucket, also if
 * OpenMetrics does not allow its sample.
 */
function writtenSamples(text: string, dialect: Dialect): ReturnType<typeof samplesOf> {
  const samples: ReturnType<typeof samplesOf> = []
  for (const family of parseStrictly(text, dialect)) {
    const own = family.samples.map(({ name, labels, value }) => sampleEntry(name, labels, value))
    const written = new Set(own.map(String))
    for (const { labels, value } of family.samples) {
      const { le, ...others } = labels
      const count = sampleEntry(`${family.name}_count`, others, value)
      if (family.type === 'histogram' && le === '+Inf' && !written.has(String(count))) own.push(count)
    }
    samples.push(...own)
  }
  return samples.sort(byText)
}

describe('the parser for engine metrics', () => {
  it('reads back the values of 10,000 generated expositions', () => {
    const format = fc.constantFrom(text004, text100, openMetrics100)
    const settings = fc.record({
      translationStrategy: fc.constantFrom(
        'UnderscoreEscapingWithSuffixes' as const,
        'NoTranslation' as const,
      ),
      created: fc.boolean(),
    })
    const scheme = fc.constantFrom('underscores' as const, 'allow-utf-8' as const)
    let samples = 0
    fc.assert(
      fc.property(arbitraryMetrics, settings, scheme, format, (metrics, options, escaping, requested) => {
        const { exposition: writer } = exposition(options, escaping)
        const text = Buffer.from([...writer.write(metrics, requested)].join('')).toString()
        const dialect = requested === openMetrics100 ? 'openmetrics' : 'text'
        const read = samplesOf(parseExposition(text, dialect, UNLIMITED))
        samples += read.length
        expect(read).toEqual(writtenSamples(text, dialect))
      }),
      { numRuns: 10_000 },
    )
    expect(samples).toBeGreaterThan(10_000)
  }, 120_000)
})

const RECORDED = new URL('../../../../../test/data/expositions/', import.meta.url)

/** A sample line of the recorded files, which have no timestamps. */
const SAMPLE = /^([\w:]+)(?:\{(.*)\})? (\S+)(?: # .*)?$/
const LABEL = /([\w.]+)="((?:[^"\\]|\\.)*)"/g

/** Escapes of label values (OpenMetrics "Escaping"). */
const unescapeLabel = (text: string): string =>
  text.replace(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped))

/** The samples of an exposition, by regular expressions. */
function recordedSamples(text: string): ReturnType<typeof samplesOf> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines
    .map((line) => {
      const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) as RegExpExecArray
      const record = Object.fromEntries(
        [...labels.matchAll(LABEL)].map(([, key, text = '']) => [key, unescapeLabel(text)]),
      )
      return sampleEntry(name, record, Number(value.replace('Inf', 'Infinity')))
    })
    .sort(byText)
}

describe('a recorded exposition', () => {
  it.each(readdirSync(RECORDED))('%s is read with all its values', (file) => {
    const text = readFileSync(new URL(file, RECORDED), 'utf8')
    const isOpenMetrics = text.endsWith('# EOF\n')
    const recorded = recordedSamples(text)
    expect(recorded.length).toBeGreaterThan(0)
    expect(samplesOf(parseExposition(text, isOpenMetrics ? 'openmetrics' : 'text'))).toEqual(recorded)
  })
})
