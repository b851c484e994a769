import type { Histogram } from '@opentelemetry/sdk-metrics'
import type { Exemplar } from '@vr/otel-metrics'
import { isLegacyName } from '../naming/escaping.ts'
import {
  bucketExemplars,
  type ExemplarPoint,
  exemplarText,
  latestExemplar,
  timestampText,
} from './exemplar.ts'
import { type BucketLayout, fittingLayout } from './histogram-buckets.ts'
import { quotedName } from './labels.ts'
import { formatValue } from './numbers.ts'
import type { CounterFamily, GaugeFamily, HistogramFamily, WrittenFamily } from './written-family.ts'

type HistogramPoint = ExemplarPoint<Histogram>

/** Approximate number of characters that a writer yields at a time. */
export const CHUNK = 32 * 1024

/** Differences between the line formats. */
export interface SampleRules {
  /** Whether `_total` and `_bucket` samples have exemplars. */
  readonly exemplars: boolean
  /** Whether series have a `_created` sample, if the family wants it. */
  readonly created: boolean
  /** Whether `_count` is written only together with `_sum` (OpenMetrics 1.0, "Histogram"). */
  readonly countNeedsSum: boolean
}

/** Start of the lines of one sample name. */
interface Head {
  /** For a series without labels. */
  readonly bare: string
  /** Up to the first label. */
  readonly open: string
}

/** Writes one sample line for every series of a counter or gauge, in parts that end at a line end. */
export function* numberSamples(
  family: CounterFamily | GaugeFamily,
  name: string,
  rules: SampleRules,
): Generator<string> {
  const head = headOf(name)
  const created = createdHead(family, rules)
  const examples = rules.exemplars && family.type === 'counter'
  let text = ''
  for (let at = 0; at < family.points.length; at += 1) {
    const point = family.points[at]
    if (point === undefined) continue
    const labels = family.labels[at] ?? ''
    const example = examples && point.exemplars !== undefined ? latestExemplar(point.exemplars) : undefined
    text += line(head, labels, formatValue(point.value), exampleText(example, family))
    if (created !== undefined) text += line(created, labels, timestampText(point.startTime))
    if (text.length >= CHUNK) {
      yield text
      text = ''
    }
  }
  yield text
}

/** Writes buckets, `_count` and `_sum` of every series of a histogram, in parts that end at a line end. */
export function* histogramSamples(family: HistogramFamily, rules: SampleRules): Generator<string> {
  const heads = {
    bucket: `${headOf(`${family.name}_bucket`).open}le="`,
    count: headOf(`${family.name}_count`),
    sum: headOf(`${family.name}_sum`),
  }
  const created = createdHead(family, rules)
  let layout: BucketLayout | undefined
  let text = ''
  for (let at = 0; at < family.points.length; at += 1) {
    const point = family.points[at]
    if (point === undefined) continue
    const labels = family.labels[at] ?? ''
    layout = fittingLayout(layout, heads.bucket, point.value.buckets.boundaries)
    text += bucketLines(point, labels, layout, family, rules) + totalLines(point, labels, heads, rules)
    if (created !== undefined) text += line(created, labels, timestampText(point.startTime))
    if (text.length >= CHUNK) {
      yield text
      text = ''
    }
  }
  yield text
}

/** Writes the cumulative bucket counts. They are summed here, so they never decrease. */
function bucketLines(
  point: HistogramPoint,
  labels: string,
  { heads, bounds }: BucketLayout,
  family: HistogramFamily,
  rules: SampleRules,
): string {
  const { counts } = point.value.buckets
  const examples = rules.exemplars && point.exemplars?.length ? bucketExemplars(point.exemplars, bounds) : []
  const tail = labels === '' ? '} ' : `,${labels}} `
  let text = ''
  let count = 0
  for (let bucket = 0; bucket < heads.length; bucket += 1) {
    count += counts[bucket] ?? 0
    const head = heads[bucket]
    if (head !== undefined) text += `${head}${tail}${count}${exampleText(examples[bucket], family)}\n`
  }
  return text
}

/** Writes `_count` and `_sum`. The count is the sum of the buckets, so it equals the count of `+Inf`. */
function totalLines(
  point: HistogramPoint,
  labels: string,
  heads: { readonly count: Head; readonly sum: Head },
  rules: SampleRules,
): string {
  const { sum, buckets } = point.value
  const sums = sum !== undefined && sum >= 0 && !((buckets.boundaries[0] ?? 0) < 0)
  if (rules.countNeedsSum && !sums) return ''
  const count = buckets.counts.reduce((total, bucket) => total + bucket, 0)
  const countLine = line(heads.count, labels, `${count}`)
  return sum === undefined ? countLine : countLine + line(heads.sum, labels, formatValue(sum))
}

/** Writes one sample line. */
export function sampleLine(name: string, labels: string, value: string, exemplar = ''): string {
  return line(headOf(name), labels, value, exemplar)
}

function line(head: Head, labels: string, value: string, exemplar = ''): string {
  return labels === '' ? `${head.bare} ${value}${exemplar}\n` : `${head.open}${labels}} ${value}${exemplar}\n`
}

function exampleText(exemplar: Exemplar | undefined, family: WrittenFamily): string {
  return exemplar === undefined ? '' : exemplarText(exemplar, family.naming)
}

function createdHead(family: WrittenFamily, rules: SampleRules): Head | undefined {
  const wanted = rules.created && family.created && family.type !== 'gauge'
  return wanted ? headOf(`${family.name}_created`) : undefined
}

/** A UTF-8 name is written in quotes inside the braces, before the labels. */
function headOf(name: string): Head {
  if (isLegacyName(name, 'metric')) return { bare: name, open: `${name}{` }
  const quoted = quotedName(name, 'metric')
  return { bare: `{${quoted}}`, open: `{${quoted},` }
}
