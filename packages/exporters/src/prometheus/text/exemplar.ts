import type { HrTime } from '@opentelemetry/api'
import type { DataPoint } from '@opentelemetry/sdk-metrics'
import type { Exemplar } from '@vr/otel-metrics'
import type { Naming } from '../naming/naming.ts'
import { labelsOf, renderLabels } from './labels.ts'
import { formatValue } from './numbers.ts'

/** A data point that can have exemplars, of any provider. */
export type ExemplarPoint<T> = DataPoint<T> & { readonly exemplars?: readonly Exemplar[] }

/** Maximum number of code points of all label names and values of an exemplar (OpenMetrics 1.0). */
const MAX_CODE_POINTS = 128

/**
 * Returns ` # {trace_id="…",span_id="…"} value timestamp`, or empty text if OpenMetrics cannot represent the
 * exemplar.
 */
export function exemplarText(exemplar: Exemplar, naming: Naming): string {
  const labels = exemplarLabels(exemplar, naming)
  const time = timestampText(exemplar.timestamp)
  if (labels === undefined || time === '') return ''
  return ` # {${renderLabels(labels)}} ${formatValue(exemplar.value)} ${time}`
}

/** Returns the newest exemplar, since a sample has at most one. */
export function latestExemplar(exemplars: readonly Exemplar[] | undefined): Exemplar | undefined {
  let latest: Exemplar | undefined
  for (const exemplar of exemplars ?? []) {
    if (latest === undefined || isNewer(exemplar, latest)) latest = exemplar
  }
  return latest
}

/** Returns the newest exemplar of every bucket; the last bucket is `+Inf`. */
export function bucketExemplars(
  exemplars: readonly Exemplar[],
  bounds: readonly number[],
): readonly (Exemplar | undefined)[] {
  const newest = new Array<Exemplar | undefined>(bounds.length + 1).fill(undefined)
  for (const exemplar of exemplars) {
    if (Number.isNaN(exemplar.value)) continue
    const above = bounds.findIndex((bound) => exemplar.value <= bound)
    const bucket = above === -1 ? bounds.length : above
    const current = newest[bucket]
    if (current === undefined || isNewer(exemplar, current)) newest[bucket] = exemplar
  }
  return newest
}

/**
 * Formats a time as seconds since the epoch with milliseconds, never in exponent form. Returns empty text for
 * an invalid time.
 */
export function timestampText([seconds, nanos]: HrTime): string {
  if (!Number.isSafeInteger(seconds) || seconds < 0 || !(nanos >= 0 && nanos < 1e9)) return ''
  return `${seconds}.${`${Math.floor(nanos / 1e6)}`.padStart(3, '0')}`
}

/**
 * Returns the labels of an exemplar: the ids, which are never truncated, then filtered attributes in the
 * order of their names as far as the limit allows. Attributes whose value has a quote or a NUL are omitted:
 * Python's parser rejects the whole exposition for an escaped quote here, Prometheus for a NUL. Returns
 * undefined if the ids alone exceed the limit.
 */
function exemplarLabels(
  exemplar: Exemplar,
  naming: Naming,
): readonly (readonly [string, string])[] | undefined {
  const labels: (readonly [string, string])[] = []
  if (exemplar.traceId) labels.push(['trace_id', exemplar.traceId])
  if (exemplar.spanId) labels.push(['span_id', exemplar.spanId])
  let left = MAX_CODE_POINTS - labels.reduce((sum, label) => sum + codePoints(label), 0)
  if (left < 0) return undefined
  const ids = new Set(labels.map(([name]) => name))
  for (const label of labelsOf(exemplar.filteredAttributes ?? {}, naming, ids)) {
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
