import type { FamilyExemplar, HistogramPoint, SummaryPoint } from '@vr/otel-metrics/internal'
import { exemplarText, timestampText } from './exemplar.ts'
import { formatBound, formatValue } from './numbers.ts'
import { CHUNK, type SampleRules, sampleLine } from './samples.ts'
import type { GaugeHistogramFamily, OtherFamily } from './written-family.ts'

/** Writes the samples of a family of a type that OpenTelemetry does not have, in parts that end at a line end. */
export function* otherSamples(family: OtherFamily, rules: SampleRules): Generator<string> {
  let text = ''
  for (const [at, lines] of linesOf(family, rules)) {
    text += lines(family.labels[at] ?? '')
    if (text.length >= CHUNK) {
      yield text
      text = ''
    }
  }
  yield text
}

type Lines = (labels: string) => string

function* linesOf(family: OtherFamily, rules: SampleRules): Generator<readonly [at: number, lines: Lines]> {
  switch (family.type) {
    case 'summary': {
      const hasCreated = rules.created && family.created
      for (const [at, point] of family.points.entries())
        yield [at, (labels) => summaryLines(family.name, point, labels, hasCreated)]
      break
    }
    case 'gaugehistogram':
      for (const [at, point] of family.points.entries())
        yield [at, (labels) => bucketLines(family, point, labels, rules)]
      break
    default:
      for (const [at, { value }] of family.points.entries())
        yield [at, (labels) => sampleLine(family.classicName, labels, formatValue(value))]
  }
}

function summaryLines(name: string, point: SummaryPoint, labels: string, hasCreated: boolean): string {
  const { quantiles, count, sum, created } = point
  let text = ''
  for (const { quantile, value } of quantiles)
    text += sampleLine(name, withFirst(`quantile="${formatBound(quantile)}"`, labels), formatValue(value))
  if (count !== undefined) text += sampleLine(`${name}_count`, labels, formatValue(count))
  if (sum !== undefined) text += sampleLine(`${name}_sum`, labels, formatValue(sum))
  if (hasCreated && created !== undefined)
    text += sampleLine(`${name}_created`, labels, timestampText(toHrTime(created)))
  return text
}

function bucketLines(
  family: GaugeHistogramFamily,
  { buckets, count, sum }: HistogramPoint,
  labels: string,
  rules: SampleRules,
): string {
  const { name } = family
  let text = ''
  for (const { bound, count: cumulative, exemplar } of buckets) {
    const example = rules.exemplars && exemplar !== undefined ? exemplarOf(exemplar, family) : ''
    const bucketLabels = withFirst(`le="${formatBound(bound)}"`, labels)
    text += sampleLine(`${name}_bucket`, bucketLabels, formatValue(cumulative), example)
  }
  text += sampleLine(`${name}_gcount`, labels, formatValue(count))
  return sum === undefined ? text : text + sampleLine(`${name}_gsum`, labels, formatValue(sum))
}

function exemplarOf({ labels, value, timestamp }: FamilyExemplar, { naming }: GaugeHistogramFamily): string {
  if (timestamp === undefined) return ''
  return exemplarText({ filteredAttributes: labels, value, timestamp: toHrTime(timestamp) }, naming)
}

function toHrTime(time: number): [seconds: number, nanoseconds: number] {
  const seconds = Math.floor(time)
  return [seconds, Math.floor((time - seconds) * 1e9)]
}

const withFirst = (first: string, labels: string): string => (labels === '' ? first : `${first},${labels}`)
