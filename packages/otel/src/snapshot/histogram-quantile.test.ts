import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { histogramQuantile } from './histogram-quantile.ts'

/** Histograms, and the answers of Prometheus 3.13.5 to `histogram_quantile(q, h_bucket)`, by `q`. */
const recorded = JSON.parse(
  readFileSync(new URL('../../../../test/data/prometheus-quantiles.json', import.meta.url), 'utf8'),
) as readonly { counts: Record<string, number>; quantiles: Record<string, string> }[]

const SPECIAL: Readonly<Record<string, number | undefined>> = {
  NaN: undefined,
  '+Inf': Number.POSITIVE_INFINITY,
  '-Inf': Number.NEGATIVE_INFINITY,
}

it('gives the quantiles of Prometheus, for bounds of any sign, falling counts and empty histograms', () => {
  const compared = recorded.flatMap(({ counts, quantiles }) =>
    Object.entries(quantiles).map(([q, text]) => ({
      q,
      ours: histogramQuantile(Number(q), new Map(Object.entries(counts))),
      theirs: text in SPECIAL ? SPECIAL[text] : Number(text),
    })),
  )
  expect(compared.length).toBe(800)
  expect(compared.filter(({ ours, theirs }) => ours !== theirs)).toEqual([])
})

it('is between the bounds of the bucket that has the exact quantile', () => {
  const bounds = [0.5, 1, 2, 4, 8]
  const value = fc.double({ min: 0.01, max: 8, noNaN: true })
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1 }),
      fc.double({ min: 0.001, max: 1, noNaN: true }),
      (values, q) => {
        const counts = bounds.map(
          (bound) => [`${bound}`, values.filter((one) => one <= bound).length] as const,
        )
        const estimate = histogramQuantile(q, new Map([...counts, ['+Inf', values.length]])) ?? Number.NaN
        const exact = values.toSorted((a, b) => a - b)[Math.ceil(q * values.length) - 1] ?? Number.NaN
        const upper = bounds.findIndex((bound) => exact <= bound)
        expect(estimate).toBeGreaterThanOrEqual(bounds[upper - 1] ?? 0)
        expect(estimate).toBeLessThanOrEqual(bounds[upper] ?? Number.NaN)
      },
    ),
    { numRuns: 1000 },
  )
})

it('adds the counts of one bound in two spellings', () => {
  const split = new Map([
    ['1', 1],
    ['1.0', 1],
    ['2.0', 4],
    ['+Inf', 4],
  ])
  expect(histogramQuantile(0.75, split)).toBe(
    histogramQuantile(
      0.75,
      new Map([
        ['1', 2],
        ['2', 4],
        ['+Inf', 4],
      ]),
    ),
  )
})

it('has no result for a q that is no number', () => {
  expect(
    histogramQuantile(
      Number.NaN,
      new Map([
        ['1', 2],
        ['+Inf', 4],
      ]),
    ),
  ).toBeUndefined()
})
