import type { FamilyQuantile, SummaryPoint } from '../family.ts'
import { boundOf } from './bound-label.ts'
import type { Dialect } from './dialect.ts'
import { refuse } from './exposition-error.ts'
import type { PointBuilder } from './point-builder.ts'
import type { Sample } from './read-sample.ts'
import { type Draft, SeriesDrafts, setOnce } from './series-drafts.ts'

interface SummaryDraft extends Draft {
  readonly quantiles: FamilyQuantile[]
  count: number | undefined
  sum: number | undefined
  created: number | undefined
}

/** The field that a sample sets, by the end of its name. */
const FIELDS: Readonly<Record<string, 'count' | 'sum' | 'created'>> = {
  _count: 'count',
  _sum: 'sum',
  _created: 'created',
}

/** Collects the points of a summary. */
export class SummaryPoints implements PointBuilder {
  readonly #isOpenMetrics: boolean
  readonly #drafts: SeriesDrafts<SummaryDraft>

  constructor(dialect: Dialect) {
    this.#isOpenMetrics = dialect === 'openmetrics'
    this.#drafts = new SeriesDrafts(dialect, 'quantile', ({ labels, line }) => ({
      labels,
      line,
      quantiles: [],
      count: undefined,
      sum: undefined,
      created: undefined,
    }))
  }

  add(suffix: string, sample: Sample): void {
    const draft = this.#drafts.of(sample)
    const field = FIELDS[suffix]
    if (field === undefined) this.#addQuantile(draft, sample)
    else if (sample.labels.some(([name]) => name === 'quantile'))
      refuse('a count or sum has the label quantile', sample.line)
    else this.#setField(draft, field, sample)
  }

  points(): Generator<void, SummaryPoint[]> {
    return this.#drafts.build(({ labels, quantiles, count, sum, created }) => ({
      labels,
      quantiles,
      ...(count !== undefined && { count }),
      ...(sum !== undefined && { sum }),
      ...(created !== undefined && { created }),
    }))
  }

  #addQuantile({ quantiles }: SummaryDraft, sample: Sample): void {
    const { value, exemplar, line } = sample
    if (exemplar !== undefined) refuse('the sample cannot have an exemplar', line)
    const quantile = boundOf(sample, 'quantile', this.#isOpenMetrics)
    if (quantile < 0 || quantile > 1) refuse('a quantile is not between 0 and 1', line)
    if (quantiles.some((other) => other.quantile === quantile)) refuse('a quantile occurs twice', line)
    if (this.#isOpenMetrics && value < 0) refuse('the value of a quantile is negative', line)
    quantiles.push({ quantile, value })
  }

  #setField(draft: SummaryDraft, field: 'count' | 'sum' | 'created', sample: Sample): void {
    const { value, line } = sample
    if (field === 'count' && !(value >= 0)) refuse('the count is negative or NaN', line)
    if (field === 'sum' && this.#isOpenMetrics && !(value >= 0)) refuse('the sum is negative or NaN', line)
    setOnce(draft, field, sample)
  }
}
