import type { HrTime } from '@opentelemetry/api'
import type { DataPoint } from '@opentelemetry/sdk-metrics'
import type { Exemplar } from '@vr/otel-metrics'
import type { Naming } from '../naming/naming.ts'
import { labelsOf, renderLabels } from './labels.ts'
import { formatValue } from './numbers.ts'

/** A data point that may carry exemplars: the contract with whatever provider collects. */
export type ExemplarPoint<T> = DataPoint<T> & { readonly exemplars?: readonly Exemplar[] }

/** OpenMetrics 1.0: names and values of an exemplar's labels together have at most 128 code points. */
const LIMIT = 128

const IDS = new Set(['trace_id', 'span_id'])

/** ` # {trace_id="…",span_id="…"} value timestamp`, or empty text where OpenMetrics has no place for it. */
export function exemplarText(exemplar: Exemplar, naming: Naming): string {
  const labels = exemplarLabels(exemplar, naming)
  const time = timestampText(exemplar.timestamp)
  if (labels === undefined || time === '') return ''
  return ` # {${renderLabels(labels)}} ${formatValue(exemplar.value)} ${time}`
}

/** The newest exemplar: a sample can carry one. */
export function latestExemplar(exemplars: readonly Exemplar[] | undefined): Exemplar | undefined {
  let latest: Exemplar | undefined
  for (const exemplar of exemplars ?? []) {
    if (latest === undefined || isNewer(exemplar, latest)) latest = exemplar
  }
  return latest
}

/** The newest exemplar of every bucket whose value lies in it; the last bucket is `+Inf`. */
export function bucketExemplars(
  exemplars: readonly Exemplar[],
  bounds: readonly number[],
): readonly (Exemplar | undefined)[] {
  const newest = new Array<Exemplar | undefined>(bounds.length + 1).fill(undefined)
  for (const exemplar of exemplars) {
    if (Number.isNaN(exemplar.value)) continue
    const above = bounds.findIndex((bound) => exemplar.value <= bound)
    const bucket = above === -1 ? bounds.length : above
    const held = newest[bucket]
    if (held === undefined || isNewer(exemplar, held)) newest[bucket] = exemplar
  }
  return newest
}

/** Seconds since the epoch with milliseconds, never in exponent form; empty text if it is no time. */
export function timestampText([seconds, nanos]: HrTime): string {
  if (!Number.isSafeInteger(seconds) || seconds < 0 || !(nanos >= 0 && nanos < 1e9)) return ''
  return `${seconds}.${`${Math.floor(nanos / 1e6)}`.padStart(3, '0')}`
}

/**
 * Ids first and never cut; filtered attributes in the order of their names, each whole or not at all. One
 * whose value has a quote or a NUL is left out: for an escaped quote at this place Python's parser refuses
 * the whole exposition, for a NUL Prometheus does. Undefined if the ids alone are too long.
 */
function exemplarLabels(
  exemplar: Exemplar,
  naming: Naming,
): readonly (readonly [string, string])[] | undefined {
  const labels: (readonly [string, string])[] = []
  if (exemplar.traceId) labels.push(['trace_id', exemplar.traceId])
  if (exemplar.spanId) labels.push(['span_id', exemplar.spanId])
  let left = LIMIT - labels.reduce((sum, label) => sum + codePoints(label), 0)
  if (left < 0) return undefined
  for (const label of labelsOf(exemplar.filteredAttributes ?? {}, naming, IDS)) {
    const length = codePoints(label)
    if (length > left || label[1].includes('"') || label[1].includes('\0')) continue
    left -= length
    labels.push(label)
  }
  return labels
}

function codePoints([name, value]: readonly [string, string]): number {
  let count = 0
  for (const _ of name) count += 1
  for (const _ of value) count += 1
  return count
}

function isNewer(a: Exemplar, b: Exemplar): boolean {
  const seconds = a.timestamp[0] - b.timestamp[0]
  return seconds > 0 || (seconds === 0 && a.timestamp[1] > b.timestamp[1])
}
