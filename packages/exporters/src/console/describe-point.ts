import type { Attributes } from '@opentelemetry/api'
import type { ExponentialHistogram, Histogram, MetricData } from '@opentelemetry/sdk-metrics'
import type { Exemplar } from '@vr/otel-metrics'
import { EXPONENTIAL_HISTOGRAM_POINT, HISTOGRAM_POINT } from '@vr/otel-metrics/internal'

/** Formats a number with at most four significant digits, integers in full. */
export function describeNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)))
}

/** Formats attributes as `{a=x, b=1}`, or empty text. Control characters are escaped. */
export function describeAttributes(attributes: Attributes): string {
  const entries = Object.entries(attributes).map(([key, value]) => `${plain(key)}=${plain(value)}`)
  return entries.length === 0 ? '' : `{${entries.join(', ')}}`
}

/** Escapes characters that could move the cursor, ring the bell or start a line. */
export function plain(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cf}]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** Formats the value of a data point: a number, or the summary of a histogram. */
export function describeValue(metric: MetricData, value: unknown): string {
  const { unit } = metric.descriptor
  const withUnit = (n: number): string => `${describeNumber(n)}${/^[a-zA-Z%]/.test(unit) ? ` ${unit}` : ''}`
  if (metric.dataPointType === HISTOGRAM_POINT) return describeHistogram(value as Histogram, withUnit)
  if (metric.dataPointType === EXPONENTIAL_HISTOGRAM_POINT) {
    return describeSummary(value as ExponentialHistogram, withUnit).join(', ')
  }
  return withUnit(value as number)
}

/** Formats the newest exemplar for the end of a line. */
export function describeExemplar(exemplars: readonly Exemplar[] | undefined): string {
  let newest: Exemplar | undefined
  for (const one of exemplars ?? []) {
    if (newest === undefined || secondsOf(one) >= secondsOf(newest)) newest = one
  }
  return newest?.traceId === undefined
    ? ''
    : ` · ${describeNumber(newest.value)} in trace ${plain(newest.traceId)}`
}

function secondsOf({ timestamp: [seconds, nanos] }: Exemplar): number {
  return seconds + nanos / 1e9
}

function describeHistogram(histogram: Histogram, withUnit: (n: number) => string): string {
  const parts = describeSummary(histogram, withUnit)
  for (const share of [0.5, 0.95]) {
    const bound = quantileBound(histogram, share)
    if (bound !== undefined) parts.push(`p${share * 100} ≤ ${withUnit(bound)}`)
  }
  return parts.join(', ')
}

function describeSummary(
  { count, sum, max }: { count: number; sum?: number; max?: number },
  withUnit: (n: number) => string,
): string[] {
  const parts = [`${count} times`]
  if (count > 0 && sum !== undefined) parts.push(`mean ${withUnit(sum / count)}`)
  if (count > 0 && max !== undefined && Number.isFinite(max)) parts.push(`max ${withUnit(max)}`)
  return parts
}

/** Returns the upper bound of the bucket that contains a quantile; undefined for the last bucket. */
function quantileBound(
  { buckets: { boundaries, counts }, count }: Histogram,
  share: number,
): number | undefined {
  if (count === 0) return undefined
  let seen = 0
  for (const [index, inBucket] of counts.entries()) {
    seen += inBucket
    if (seen >= share * count) return boundaries[index]
  }
  return undefined
}
