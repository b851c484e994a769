import type { HrTime } from '@opentelemetry/api'
import type { Histogram } from '@opentelemetry/sdk-metrics'
import type { WarnOnce } from '../warn-once.ts'
import type { ExemplarPoint } from './exemplar.ts'

/** How series with the same labels are merged. */
export interface SeriesMerge {
  /** Positions of the first series of each group, in order. */
  readonly first: readonly number[]
  /** Positions of the other series, by the index of the group; only for groups of several series. */
  readonly others: ReadonlyMap<number, readonly number[]>
  /** Labels by the index of the group; all differ. */
  readonly labels: readonly string[]
}

/**
 * Returns how to merge series with these labels, or undefined if all differ. Called only when a family has a
 * new series.
 */
export function planMerge(labels: readonly string[]): SeriesMerge | undefined {
  if (new Set(labels).size === labels.length) return undefined
  const first: number[] = []
  const indexes = new Map<string, number>()
  const others = new Map<number, number[]>()
  for (const [position, label] of labels.entries()) {
    const index = indexes.get(label)
    if (index === undefined) indexes.set(label, first.push(position) - 1)
    else if (others.get(index)?.push(position) === undefined) others.set(index, [position])
  }
  return { first, others, labels: [...indexes.keys()] }
}

/**
 * Merges series with the same labels. Their attributes differ only in empty values, which Prometheus takes
 * for absent labels, in types (`1` and `"1"`), or in characters that a label name cannot have, or their
 * scopes have no labels. Two samples of one series are invalid: Prometheus stores one of them and drops the
 * other without a warning.
 *
 * @returns the points by the index of the group
 */
export function mergeSeries<T>(
  points: readonly ExemplarPoint<T>[],
  { first, others }: SeriesMerge,
  { combine, effect }: MergeRule<T>,
  family: string,
  warnOnce: WarnOnce,
): ExemplarPoint<T>[] {
  warnOnce(
    `series of ${family} have the same labels in Prometheus, so ${effect}: their attributes differ only in empty values, in types or in characters that a label name cannot have, or their scopes have no labels`,
  )
  const merged = first.map((position) => points[position] as ExemplarPoint<T>)
  for (const [index, positions] of others) {
    for (const position of positions) {
      const sum = combine(merged[index] as ExemplarPoint<T>, points[position] as ExemplarPoint<T>)
      if (sum === undefined)
        warnOnce(
          `series of ${family} with the same labels have different buckets: one of them is not exposed`,
        )
      else merged[index] = sum
    }
  }
  return merged
}

/** How points with the same labels are combined. */
export interface MergeRule<T> {
  /** Returns undefined if the points cannot be combined. */
  combine(a: ExemplarPoint<T>, b: ExemplarPoint<T>): ExemplarPoint<T> | undefined
  /** What happens to the values, for the warning. */
  readonly effect: string
}

const ADDED = 'their values are added'

/** Adds the values; keeps the older start time and the exemplars of both. */
export const ADD_NUMBERS: MergeRule<number> = {
  combine: (a, b) => ({ ...joined(a, b), value: a.value + b.value }),
  effect: ADDED,
}

/**
 * For gauges: keeps the point that was collected later, or of one collection the series that was first seen
 * later, since points do not have the time of their measurement.
 */
export const LAST_NUMBER: MergeRule<number> = {
  combine: (a, b) => (isBefore(b.endTime, a.endTime) ? a : b),
  effect: 'the last one is exposed',
}

/** Adds two histograms with the same bounds. */
export const ADD_HISTOGRAMS: MergeRule<Histogram> = { combine: addHistograms, effect: ADDED }

function addHistograms(
  a: ExemplarPoint<Histogram>,
  b: ExemplarPoint<Histogram>,
): ExemplarPoint<Histogram> | undefined {
  const bounds = a.value.buckets.boundaries
  const others = b.value.buckets.boundaries
  if (bounds.length !== others.length || bounds.some((bound, at) => bound !== others[at])) return undefined
  const counts = a.value.buckets.counts.map((count, at) => count + (b.value.buckets.counts[at] ?? 0))
  const { sum: sumA } = a.value
  const { sum: sumB } = b.value
  const sum = sumA === undefined || sumB === undefined ? {} : { sum: sumA + sumB }
  const value = { buckets: { boundaries: bounds, counts }, count: a.value.count + b.value.count, ...sum }
  return { ...joined(a, b), value }
}

function joined<T>(a: ExemplarPoint<T>, b: ExemplarPoint<T>): ExemplarPoint<T> {
  const exemplars = [...(a.exemplars ?? []), ...(b.exemplars ?? [])]
  return {
    ...a,
    startTime: isBefore(b.startTime, a.startTime) ? b.startTime : a.startTime,
    ...(exemplars.length > 0 ? { exemplars } : {}),
  }
}

function isBefore(a: HrTime, b: HrTime): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1])
}
