import type { Histogram } from '@opentelemetry/sdk-metrics'
import type { ExemplarPoint } from './exemplar.ts'
import type { Report } from './report.ts'

/** Adds two points that ended up with the same labels, or undefined if they cannot be added. */
export type AddPoints<T> = (a: ExemplarPoint<T>, b: ExemplarPoint<T>) => ExemplarPoint<T> | undefined

/** Points of one family and the labels of each, by position. */
export interface LabelledPoints<T> {
  readonly points: readonly ExemplarPoint<T>[]
  readonly labels: readonly string[]
}

/** Whether two series of a family have the same labels. */
export function hasDuplicates(labels: readonly string[]): boolean {
  return new Set(labels).size !== labels.length
}

/**
 * Makes series with the same labels one: attributes that differ only in their type (`1` and `"1"`) or in
 * characters that no label name may have, or scopes whose labels are not shown. Two samples of one series
 * are no valid exposition, and to drop one would lose counts.
 */
export function mergeDuplicates<T>(
  { points, labels }: LabelledPoints<T>,
  add: AddPoints<T>,
  family: string,
  report: Report,
): LabelledPoints<T> {
  const merged = new Map<string, ExemplarPoint<T>>()
  points.forEach((point, position) => {
    const label = labels[position] ?? ''
    const before = merged.get(label)
    const sum = before === undefined ? point : add(before, point)
    if (sum === undefined)
      report(`series of ${family} with the same labels have different buckets, one is left out`)
    else merged.set(label, sum)
  })
  report(`series of ${family} have the same labels once they are written, their values are added`)
  return { points: [...merged.values()], labels: [...merged.keys()] }
}

/** Sum of two values, the start of the older one, the exemplars of both. */
export const addNumbers: AddPoints<number> = (a, b) => ({ ...joined(a, b), value: a.value + b.value })

/** For instruments whose values say something about now: the later point wins. */
export const lastNumber: AddPoints<number> = (_, b) => b

/** Sum of two histograms with the same bounds. */
export const addHistograms: AddPoints<Histogram> = (a, b) => {
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
  const older =
    a.startTime[0] < b.startTime[0] || (a.startTime[0] === b.startTime[0] && a.startTime[1] <= b.startTime[1])
  const exemplars = [...(a.exemplars ?? []), ...(b.exemplars ?? [])]
  return {
    ...a,
    startTime: older ? a.startTime : b.startTime,
    ...(exemplars.length > 0 ? { exemplars } : {}),
  }
}
