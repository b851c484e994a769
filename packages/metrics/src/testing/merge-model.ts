import type { Attributes } from '@opentelemetry/api'
import { combineExponentials, type ExponentialValue } from '../cluster/exponential-value.ts'
import { compareExemplars } from '../cluster/merged-exemplars.ts'
import type { MetricIdentity, WireExemplar } from '../cluster/messages.ts'
import { conflictOf, isCumulative, metricKey, seriesKey } from '../cluster/metric-key.ts'
import { bucketIndex } from '../series/bucket-index.ts'

/** Value of a histogram. */
export interface HistogramValue {
  readonly sum: number
  readonly min: number
  readonly max: number
  readonly counts: readonly number[]
}

/** Value of a series. */
export type ModelValue = number | HistogramValue | ExponentialValue

/** A series of one source, or of all ended sources. */
export interface ModelSeries {
  readonly metric: MetricIdentity
  readonly attributes: Attributes
  readonly startMs: number
  readonly value: ModelValue
  /** Number of the push that set the value, among those of all sources. */
  readonly stamp: number
  readonly exemplars: readonly WireExemplar[]
}

/** All series of a source at one push. */
export interface SourceSnapshot {
  readonly sequence: number
  /** Whether gauges count: the source is neither stale nor ended. */
  readonly hasGauges: boolean
  readonly series: ReadonlyMap<string, ModelSeries>
}

/** The state of an aggregator, as a value. */
export interface MergeState {
  readonly sources: ReadonlyMap<string, SourceSnapshot>
  readonly retired: Retired
  /** First definition of each metric, with the number of the push that contained it. */
  readonly definitions: ReadonlyMap<string, readonly [order: number, metric: MetricIdentity]>
}

/** Sums of the counters and histograms of ended sources. Written by the aggregator only. */
export interface Retired {
  readonly version: number
  readonly folded: ReadonlySet<string>
  readonly series: ReadonlyMap<string, ModelSeries>
}

/** State without sources. */
export const EMPTY_STATE: MergeState = {
  sources: new Map(),
  retired: { version: 0, folded: new Set(), series: new Map() },
  definitions: new Map(),
}

/** Returns the key of a series among those of all metrics. */
export const keyOf = ({ metric, attributes }: Pick<ModelSeries, 'metric' | 'attributes'>): string =>
  `${metricKey(metric)} ${seriesKey(attributes)}`

/** Merges two states of one aggregator, such as those that two processes hold. Commutative, associative and idempotent. */
export function mergeStates(a: MergeState, b: MergeState): MergeState {
  const retired = a.retired.version >= b.retired.version ? a.retired : b.retired
  const sources = new Map(a.sources)
  for (const [key, snapshot] of b.sources) {
    const known = sources.get(key)
    if (known === undefined || snapshot.sequence > known.sequence) sources.set(key, snapshot)
  }
  for (const key of retired.folded) sources.delete(key)
  const definitions = new Map(a.definitions)
  for (const [key, definition] of b.definitions) {
    const known = definitions.get(key)
    if (known === undefined || definition[0] < known[0]) definitions.set(key, definition)
  }
  return { sources, retired, definitions }
}

/** Adds the counters and histograms of a source to those of ended sources. */
export function foldSource(state: MergeState, source: string): MergeState {
  const { retired, definitions } = state
  const series = new Map(retired.series)
  for (const added of state.sources.get(source)?.series.values() ?? []) {
    if (!isCumulative(added.metric) || isRejected(state, added)) continue
    const known = series.get(keyOf(added))
    series.set(keyOf(added), known === undefined ? added : addSeries(known, added))
  }
  const sources = new Map(state.sources)
  sources.delete(source)
  const folded = new Set([...retired.folded, source])
  return { sources, definitions, retired: { version: retired.version + 1, folded, series } }
}

/** Returns the merged series by key. */
export function totals(state: MergeState): Map<string, ModelSeries> {
  const total = new Map(state.retired.series)
  const gauges = new Map<string, ModelSeries[]>()
  for (const { hasGauges, series } of state.sources.values()) {
    for (const added of series.values()) {
      if (isRejected(state, added)) continue
      const key = keyOf(added)
      const known = total.get(key)
      if (isCumulative(added.metric)) total.set(key, known === undefined ? added : addSeries(known, added))
      else if (hasGauges) gauges.set(key, [...(gauges.get(key) ?? []), added])
    }
  }
  for (const [key, values] of gauges) total.set(key, mergeGauges(values))
  return total
}

function isRejected({ definitions }: MergeState, { metric }: ModelSeries): boolean {
  const [, first] = definitions.get(metricKey(metric)) ?? [0, metric]
  return conflictOf(first, metric) !== undefined
}

function addSeries(a: ModelSeries, b: ModelSeries): ModelSeries {
  return {
    ...a,
    startMs: Math.min(a.startMs, b.startMs),
    value: addValues(a.value, b.value),
    exemplars: newestExemplars(a.metric, [...a.exemplars, ...b.exemplars]),
  }
}

function addValues(a: ModelValue, b: ModelValue): ModelValue {
  if (typeof a === 'number' || typeof b === 'number') return Number(a) + Number(b)
  const sum = (x: number, y: number): number => x + y
  if ('scale' in a && 'scale' in b) return combineExponentials(a, b, sum, sum)
  if ('scale' in a || 'scale' in b) throw new Error('values of different kinds')
  return {
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    counts: a.counts.map((count, i) => count + (b.counts[i] ?? 0)),
  }
}

function mergeGauges(values: readonly ModelSeries[]): ModelSeries {
  const numbers = values.map(({ value }) => Number(value))
  const newest = values.reduce((a, b) => (b.stamp > a.stamp ? b : a))
  const sum = numbers.reduce((a, b) => a + b)
  const merged = {
    sum,
    mean: sum / numbers.length,
    max: Math.max(...numbers),
    min: Math.min(...numbers),
    last: Number(newest.value),
    by_worker: Number(newest.value),
  }
  return { ...newest, value: merged[newest.metric.merge] }
}

/** Returns the newest exemplar of each bucket. */
export function newestExemplars(
  { boundaries, kind }: MetricIdentity,
  exemplars: readonly WireExemplar[],
): WireExemplar[] {
  const bounds = Float64Array.from(boundaries)
  const byBucket = new Map<number, WireExemplar[]>()
  for (const exemplar of exemplars.toSorted((a, b) => compareExemplars(b, a))) {
    const bucket = kind === 'exponential_histogram' ? 0 : bucketIndex(bounds, Number(exemplar[1]))
    const kept = byBucket.get(bucket) ?? []
    if (kept.length < (kind === 'exponential_histogram' ? 20 : 1)) byBucket.set(bucket, [...kept, exemplar])
  }
  return [...byBucket.values()].flat()
}
