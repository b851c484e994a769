import type { HrTime } from '@opentelemetry/api'
import type { Histogram } from '@opentelemetry/sdk-metrics'
import type { WarnOnce } from '../warn-once.ts'
import type { ExemplarPoint } from './exemplar.ts'

/** Which series of a family are written as one, because they have the same labels. */
export interface SeriesMerge {
  /** Position of the first of those with the same labels, in order. */
  readonly first: readonly number[]
  /** By the index in `first`, only of series that have some: the positions of the others. */
  readonly others: ReadonlyMap<number, readonly number[]>
  /** By the index in `first`; no two are equal. */
  readonly labels: readonly string[]
}

/**
 * Returns how to merge the series with these labels, by position; undefined if no two are equal. Called when a series of
 * the family is new, and not in every scrape.
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
 * Merges series with the same labels: their attributes differ only in empty values, which Prometheus takes for absent
 * labels, in types (`1` and `"1"`), or in characters that a label name cannot have; or their scopes are not shown. Two
 * samples of one series are no valid exposition: Prometheus stores one of them and drops the other without a warning.
 *
 * @returns the points by the index in `first` of the merge
 */
export function mergeSeries<T>(
  points: readonly ExemplarPoint<T>[],
  { first, others }: SeriesMerge,
  { add, what }: MergeRule<T>,
  family: string,
  report: WarnOnce,
): ExemplarPoint<T>[] {
  report(
    `series of ${family} have the same labels once they are written, so ${what}: their attributes differ in empty values, in types or in characters that a label name cannot have, or their scopes are not shown`,
  )
  const merged = first.map((position) => points[position] as ExemplarPoint<T>)
  for (const [index, positions] of others) {
    for (const position of positions) {
      const sum = add(merged[index] as ExemplarPoint<T>, points[position] as ExemplarPoint<T>)
      if (sum === undefined)
        report(`series of ${family} with the same labels have different buckets, one is left out`)
      else merged[index] = sum
    }
  }
  return merged
}

/** How points with the same labels become one. */
export interface MergeRule<T> {
  /** Returns undefined if they cannot be added. */
  add(a: ExemplarPoint<T>, b: ExemplarPoint<T>): ExemplarPoint<T> | undefined
  /** What becomes of the values, for a report. */
  readonly what: string
}

const ADDED = 'their values are added'

/** Sum of the values, the start of the older one, the exemplars of both. */
export const ADD_NUMBERS: MergeRule<number> = {
  add: (a, b) => ({ ...joined(a, b), value: a.value + b.value }),
  what: ADDED,
}

/**
 * For instruments whose values describe the present: the point that was collected later; of one collection, the series
 * that was first seen later, since points do not have the time of their measurement.
 */
export const LAST_NUMBER: MergeRule<number> = {
  add: (a, b) => (isBefore(b.endTime, a.endTime) ? a : b),
  what: 'the last one is shown',
}

/** Sum of two histograms with the same bounds. */
export const ADD_HISTOGRAMS: MergeRule<Histogram> = { add: addHistograms, what: ADDED }

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
