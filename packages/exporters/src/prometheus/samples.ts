import { isLegacyName } from './escaping.ts'
import { bucketExemplars, type Exemplar, exemplarText, latestExemplar, timestampText } from './exemplar.ts'
import { type BucketLayout, fittingLayout } from './histogram-buckets.ts'
import { quotedName } from './labels.ts'
import { formatValue } from './numbers.ts'
import type { HistogramFamily, NumberFamily } from './written-family.ts'

/** About how many characters of text a writer gathers before it hands them over. */
const CHUNK = 32 * 1024

/** What differs between the formats that write one line a sample. */
export interface SampleRules {
  /** Exemplars behind `_total` and `_bucket`. */
  readonly exemplars: boolean
  /** `_created` behind a series, if the family wants it. */
  readonly created: boolean
  /** `_count` only beside `_sum` (OpenMetrics 1.0, "Histogram"); else it is always there. */
  readonly countNeedsSum: boolean
}

/** How the lines of one sample name begin. */
interface Head {
  /** Without labels. */
  readonly bare: string
  /** Up to the first label. */
  readonly open: string
}

/** One line for every series of a counter or gauge, in pieces that end at a line end. */
export function* numberSamples(family: NumberFamily, rules: SampleRules): Generator<string> {
  const head = headOf(family.sampleName)
  const counter = family.type === 'counter'
  const created = counter && rules.created && family.created ? headOf(`${family.name}_created`) : undefined
  let text = ''
  for (let at = 0; at < family.points.length; at += 1) {
    const point = family.points[at]
    if (point === undefined) continue
    const labels = family.labels[at] ?? ''
    text += labels === '' ? head.bare : `${head.open}${labels}}`
    text += ` ${formatValue(point.value)}`
    if (counter && rules.exemplars && point.exemplars !== undefined) {
      text += exemplarText(latestExemplar(point.exemplars), family.naming)
    }
    text += '\n'
    if (created !== undefined) text += plainLine(created, labels, timestampText(point.startTime))
    if (text.length >= CHUNK) {
      yield text
      text = ''
    }
  }
  yield text
}

/** The buckets, `_count` and `_sum` of every series of a histogram, in pieces that end at a line end. */
export function* histogramSamples(family: HistogramFamily, rules: SampleRules): Generator<string> {
  const bucketHead = `${headOf(`${family.name}_bucket`).open}le="`
  const heads = {
    count: headOf(`${family.name}_count`),
    sum: headOf(`${family.name}_sum`),
    created: rules.created && family.created ? headOf(`${family.name}_created`) : undefined,
  }
  let layout: BucketLayout | undefined
  let text = ''
  for (let at = 0; at < family.points.length; at += 1) {
    const point = family.points[at]
    if (point === undefined) continue
    const labels = family.labels[at] ?? ''
    const { buckets, sum } = point.value
    layout = fittingLayout(layout, bucketHead, buckets.boundaries)
    const examples =
      rules.exemplars && point.exemplars?.length ? bucketExemplars(point.exemplars, layout.bounds) : []
    const tail = labels === '' ? '} ' : `,${labels}} `
    let count = 0
    for (let bucket = 0; bucket < layout.heads.length; bucket += 1) {
      count += buckets.counts[bucket] ?? 0
      const head = layout.heads[bucket]
      if (head !== undefined) text += `${head}${tail}${count}${exampleOf(examples[bucket], family)}\n`
    }
    const withSum = sum !== undefined && sum >= 0 && !((layout.bounds[0] ?? 0) < 0)
    if (withSum || !rules.countNeedsSum) text += plainLine(heads.count, labels, `${count}`)
    if (withSum || (!rules.countNeedsSum && sum !== undefined)) {
      text += plainLine(heads.sum, labels, formatValue(sum))
    }
    if (heads.created !== undefined) text += plainLine(heads.created, labels, timestampText(point.startTime))
    if (text.length >= CHUNK) {
      yield text
      text = ''
    }
  }
  yield text
}

/** One line: name, labels, value. */
export function sampleLine(name: string, labels: string, value: string): string {
  return plainLine(headOf(name), labels, value)
}

function plainLine(head: Head, labels: string, value: string): string {
  return labels === '' ? `${head.bare} ${value}\n` : `${head.open}${labels}} ${value}\n`
}

function exampleOf(exemplar: Exemplar | undefined, family: HistogramFamily): string {
  return exemplar === undefined ? '' : exemplarText(exemplar, family.naming)
}

/** A UTF-8 name stands between the braces, quoted, before the labels. */
function headOf(name: string): Head {
  if (isLegacyName(name)) return { bare: name, open: `${name}{` }
  const quoted = quotedName(name)
  return { bare: `{${quoted}}`, open: `{${quoted},` }
}
