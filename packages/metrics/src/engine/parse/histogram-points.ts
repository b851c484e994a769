import type { FamilyBucket, HistogramFamily, HistogramPoint } from '../family.ts'
import { boundOf } from './bound-label.ts'
import type { Dialect } from './dialect.ts'
import { refuse } from './exposition-error.ts'
import type { PointBuilder } from './point-builder.ts'
import type { Sample } from './read-sample.ts'
import { type Draft, SeriesDrafts, setOnce } from './series-drafts.ts'

interface HistogramDraft extends Draft {
  readonly buckets: FamilyBucket[]
  count: number | undefined
  sum: number | undefined
  created: number | undefined
}

/** The field that a sample sets, by the end of its name. */
const FIELDS: Readonly<Record<string, 'count' | 'sum' | 'created'>> = {
  _count: 'count',
  _gcount: 'count',
  _sum: 'sum',
  _gsum: 'sum',
  _created: 'created',
}

/** Collects the points of a histogram or gauge histogram. */
export class HistogramPoints implements PointBuilder {
  readonly #type: HistogramFamily['type']
  readonly #isOpenMetrics: boolean
  readonly #drafts: SeriesDrafts<HistogramDraft>

  constructor(type: HistogramFamily['type'], dialect: Dialect) {
    this.#type = type
    this.#isOpenMetrics = dialect === 'openmetrics'
    this.#drafts = new SeriesDrafts(dialect, 'le', ({ labels, line }) => ({
      labels,
      line,
      buckets: [],
      count: undefined,
      sum: undefined,
      created: undefined,
    }))
  }

  add(suffix: string, sample: Sample): void {
    const draft = this.#drafts.of(sample)
    const field = FIELDS[suffix]
    if (field === undefined) this.#addBucket(draft, sample)
    else if (sample.labels.some(([name]) => name === 'le'))
      refuse('only a bucket has the label le', sample.line)
    else setOnce(draft, field, sample)
  }

  points(): Generator<void, HistogramPoint[]> {
    return this.#drafts.build((draft) => this.#build(draft))
  }

  #addBucket({ buckets }: HistogramDraft, sample: Sample): void {
    const bound = boundOf(sample, 'le', this.#isOpenMetrics)
    const { value: count, exemplar, line } = sample
    const previous = buckets.at(-1)
    if (this.#isOpenMetrics && previous !== undefined && bound <= previous.bound)
      refuse('the buckets are not in ascending order', line)
    if (!(count >= 0)) refuse('the count of a bucket is negative or NaN', line)
    buckets.push({ bound, count, ...(exemplar !== undefined && { exemplar }) })
  }

  #build({ labels, buckets, count, sum, created, line }: HistogramDraft): HistogramPoint {
    if (!this.#isOpenMetrics) buckets.sort((first, second) => first.bound - second.bound)
    checkBuckets(buckets, line)
    const total = (buckets.at(-1) as FamilyBucket).count
    if (count !== undefined && count !== total) refuse('the count differs from the bucket +Inf', line)
    if (this.#isOpenMetrics) this.#checkSum(buckets, count, sum, line)
    return {
      labels,
      buckets,
      count: total,
      ...(sum !== undefined && { sum }),
      ...(created !== undefined && { created }),
    }
  }

  /** OpenMetrics 1.0, "Histogram" and "GaugeHistogram": a histogram has count and sum, or neither. */
  #checkSum(
    buckets: readonly FamilyBucket[],
    count: number | undefined,
    sum: number | undefined,
    line: number,
  ): void {
    if ((count === undefined) !== (sum === undefined))
      refuse('a histogram has only one of count and sum', line)
    if (sum === undefined) return
    if (Number.isNaN(sum)) refuse('the sum is NaN', line)
    const hasNegative = (buckets[0] as FamilyBucket).bound < 0
    if (this.#type === 'histogram' && hasNegative) refuse('a histogram with negative buckets has a sum', line)
    if (!hasNegative && sum < 0) refuse('the sum is negative', line)
  }
}

function checkBuckets(buckets: readonly FamilyBucket[], line: number): void {
  if (buckets.at(-1)?.bound !== Number.POSITIVE_INFINITY) refuse('a histogram has no bucket +Inf', line)
  let previous: FamilyBucket | undefined
  for (const bucket of buckets) {
    if (previous !== undefined && bucket.bound === previous.bound) refuse('a bucket occurs twice', line)
    if (previous !== undefined && bucket.count < previous.count) refuse('the counts of buckets fall', line)
    previous = bucket
  }
}
