import type { Family, HistogramPoint, Labels, NumberPoint, SummaryPoint } from '../family.ts'
import { seriesKey } from './series-starts.ts'

/** A family of one process, with the rule of prom-client for its values in several processes. */
export interface WorkerFamily {
  readonly family: Family
  /** Option `aggregator` of the metric: `sum`, `first`, `min`, `max`, `average` or `omit`. Unknown ones are `sum`. */
  readonly aggregator: string
}

type Combine = (values: readonly number[]) => number

const sum: Combine = (values) => values.reduce((total, value) => total + value, 0)

const RULES: Readonly<Record<string, Combine>> = {
  sum,
  first: ([value = Number.NaN]) => value,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  average: (values) => sum(values) / values.length,
}

/**
 * Merges the metrics of several processes as `AggregatorRegistry.aggregate` of prom-client does: per sample, by the rule of the first
 * process that has the metric. A family of another type than the first one of its name is not merged.
 */
export function mergeWorkers(found: readonly WorkerFamily[]): Family[] {
  const byName = Map.groupBy(found, ({ family }) => family.name)
  return [...byName.values()].flatMap((all) => {
    const [first] = all as [WorkerFamily, ...WorkerFamily[]]
    if (first.aggregator === 'omit') return []
    const families = all.map(({ family }) => family).filter(({ type }) => type === first.family.type)
    const combine = Object.hasOwn(RULES, first.aggregator) ? (RULES[first.aggregator] ?? sum) : sum
    return [mergeFamily(families, combine)]
  })
}

function mergeFamily(families: readonly Family[], combine: Combine): Family {
  const [first] = families as [Family, ...Family[]]
  const points = families.flatMap((family): readonly { readonly labels: Labels }[] => family.points)
  const groups = [...Map.groupBy(points, ({ labels }) => seriesKey('', labels)).values()]
  const merge = MERGES[first.type] as (points: never, combine: Combine) => unknown
  return { ...first, points: groups.map((group) => merge(group as never, combine)) } as Family
}

const MERGES = {
  counter: mergeNumbers,
  gauge: mergeNumbers,
  unknown: mergeNumbers,
  info: mergeNumbers,
  stateset: mergeNumbers,
  histogram: mergeHistograms,
  gaugehistogram: mergeHistograms,
  summary: mergeSummaries,
} as const satisfies Record<Family['type'], unknown>

function mergeNumbers(points: readonly [NumberPoint, ...NumberPoint[]], combine: Combine): NumberPoint {
  const exemplars = points.flatMap(({ exemplar }) => exemplar ?? [])
  const [exemplar] = exemplars
  return {
    labels: points[0].labels,
    value: combine(points.map(({ value }) => value)),
    ...(exemplar === undefined ? {} : { exemplar }),
  }
}

function mergeHistograms(
  points: readonly [HistogramPoint, ...HistogramPoint[]],
  combine: Combine,
): HistogramPoint {
  const all = points.flatMap(({ buckets }) => buckets)
  const bounds = [...new Set(all.map(({ bound }) => bound))].sort((a, b) => a - b)
  const buckets = bounds.map((bound) => {
    const same = all.filter((bucket) => bucket.bound === bound)
    const exemplar = same.find((bucket) => bucket.exemplar !== undefined)?.exemplar
    const count = combine(same.map((bucket) => bucket.count))
    return exemplar === undefined ? { bound, count } : { bound, count, exemplar }
  })
  return { labels: points[0].labels, buckets, count: buckets.at(-1)?.count ?? 0, ...sumOf(points, combine) }
}

function mergeSummaries(points: readonly [SummaryPoint, ...SummaryPoint[]], combine: Combine): SummaryPoint {
  const all = points.flatMap(({ quantiles }) => quantiles)
  const quantiles = [...Map.groupBy(all, ({ quantile }) => quantile)].map(([quantile, same]) => ({
    quantile,
    value: combine(same.map(({ value }) => value)),
  }))
  const counts = points.flatMap(({ count }) => count ?? [])
  const count = counts.length === 0 ? {} : { count: combine(counts) }
  return { labels: points[0].labels, quantiles, ...count, ...sumOf(points, combine) }
}

function sumOf(points: readonly { readonly sum?: number }[], combine: Combine): { sum?: number } {
  const sums = points.flatMap((point) => point.sum ?? [])
  return sums.length === 0 ? {} : { sum: combine(sums) }
}
