import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics'
import type { ExemplarPoint } from './exemplar.ts'

/**
 * Converts exponential histograms to classic ones, since text formats before OpenMetrics 2.0 cannot represent
 * them (compatibility rules: MAY be converted). The bounds are powers of two, the same for all series of a
 * metric. They stay the same when the scale changes, unless the range of the values needs a scale below 0;
 * then only the bounds of the coarser buckets remain. Counts at positive bounds are exact. A value equal to a
 * negative bound counts in the bucket above. Count and sum do not change.
 */
export function toClassicHistograms(
  points: readonly ExemplarPoint<ExponentialHistogram>[],
): ExemplarPoint<Histogram>[] {
  const step = 2 ** points.reduce((coarsest, point) => Math.max(coarsest, -point.value.scale), 0)
  const bounds = sharedBounds(points, step)
  return points.map((point) => ({ ...point, value: convert(point.value, bounds) }))
}

/** Returns the exponent of the upper bound of a bucket, rounded up to a multiple of `step`. */
function upperPower(index: number, scale: number, step: number): number {
  return Math.ceil(((index + 1) * 2 ** -scale) / step) * step
}

/**
 * Returns the exponent for a negative bucket, whose upper bound is the one nearer to zero, rounded towards
 * zero.
 */
function innerPower(index: number, scale: number, step: number): number {
  return Math.floor((index * 2 ** -scale) / step) * step
}

function sharedBounds(points: readonly ExemplarPoint<ExponentialHistogram>[], step: number): number[] {
  const bounds = new Set<number>()
  for (const { value } of points) {
    if (value.zeroCount > 0 || value.negative.bucketCounts.length > 0) bounds.add(0)
    forEachFilled(value.positive, (index) => addBound(bounds, 2 ** upperPower(index, value.scale, step)))
    forEachFilled(value.negative, (index) => addBound(bounds, -(2 ** innerPower(index, value.scale, step))))
  }
  return [...bounds].sort((a, b) => a - b)
}

function addBound(bounds: Set<number>, bound: number): void {
  if (Number.isFinite(bound)) bounds.add(bound === 0 ? 0 : bound)
}

function convert(histogram: ExponentialHistogram, bounds: number[]): Histogram {
  const counts = new Array<number>(bounds.length + 1).fill(0)
  const add = (upper: number, count: number): void => {
    const above = bounds.findIndex((bound) => upper <= bound)
    const bucket = above === -1 ? bounds.length : above
    counts[bucket] = (counts[bucket] ?? 0) + count
  }
  if (histogram.zeroCount > 0) add(0, histogram.zeroCount)
  forEachFilled(histogram.positive, (index, count) => add(2 ** upperPower(index, histogram.scale, 1), count))
  forEachFilled(histogram.negative, (index, count) =>
    add(-(2 ** innerPower(index, histogram.scale, 1)), count),
  )
  const { count, sum } = histogram
  return { buckets: { boundaries: bounds, counts }, count, ...(sum === undefined ? {} : { sum }) }
}

function forEachFilled(
  { offset, bucketCounts }: ExponentialHistogram['positive'],
  visit: (index: number, count: number) => void,
): void {
  bucketCounts.forEach((count, position) => {
    if (count > 0) visit(offset + position, count)
  })
}
