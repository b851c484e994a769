import { MAX_SCALE, MIN_SCALE, neededDownscale } from '../series/exponential-scale.ts'

/** Maximum number of positive and of negative buckets of a merged value: the default of OpenTelemetry. */
const MAX_SIZE = 160

/** Counts of adjacent buckets. The first and the last are not 0. */
export interface BucketRange {
  /** Index of the first bucket; 0 without buckets. */
  readonly offset: number
  readonly counts: readonly number[]
}

/** Immutable value of an exponential histogram. */
export interface ExponentialValue {
  readonly sum: number
  /** +Infinity if the histogram is empty. */
  readonly min: number
  /** -Infinity if the histogram is empty. */
  readonly max: number
  readonly scale: number
  readonly zeroCount: number
  readonly positive: BucketRange
  readonly negative: BucketRange
}

const NO_BUCKETS: BucketRange = { offset: 0, counts: [] }

/** Value without measurements: the neutral element of {@link combineExponentials}. */
export const EMPTY_EXPONENTIAL: ExponentialValue = {
  sum: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  scale: MAX_SCALE,
  zeroCount: 0,
  positive: NO_BUCKETS,
  negative: NO_BUCKETS,
}

/**
 * Combines two values by adding (or by another operation on) the counts of equal buckets, at the finest scale that both have and at
 * which the buckets fit. Minimum, maximum and sum are combined by `sumOf` and the smaller and larger value.
 */
export function combineExponentials(
  a: ExponentialValue,
  b: ExponentialValue,
  countOf: (a: number, b: number) => number,
  sumOf: (a: number, b: number) => number,
): ExponentialValue {
  const scale = commonScale(a, b)
  const side = (of: (value: ExponentialValue) => BucketRange): BucketRange =>
    combineRanges(atScale(of(a), a.scale - scale), atScale(of(b), b.scale - scale), countOf)
  return {
    sum: sumOf(a.sum, b.sum),
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    scale,
    zeroCount: countOf(a.zeroCount, b.zeroCount),
    positive: side((value) => value.positive),
    negative: side((value) => value.negative),
  }
}

/** Returns the number of measurements. */
export function countOfExponential({ zeroCount, positive, negative }: ExponentialValue): number {
  return [...positive.counts, ...negative.counts].reduce((total, count) => total + count, zeroCount)
}

/** Buckets of a value that is empty do not restrict the scale. */
function commonScale(a: ExponentialValue, b: ExponentialValue): number {
  const scale = Math.min(a.scale, b.scale)
  const sides = [
    [a.positive, b.positive],
    [a.negative, b.negative],
  ] as const
  const changes = sides.map(([ofA, ofB]) => {
    const ranges = [atScale(ofA, a.scale - scale), atScale(ofB, b.scale - scale)].filter(hasBuckets)
    if (ranges.length === 0) return 0
    const low = Math.min(...ranges.map(({ offset }) => offset))
    const high = Math.max(...ranges.map(({ offset, counts }) => offset + counts.length - 1))
    return neededDownscale(low, high, MAX_SIZE)
  })
  return Math.max(scale - Math.max(...changes), MIN_SCALE)
}

const hasBuckets = ({ counts }: BucketRange): boolean => counts.length > 0

/** Merges each 2^change adjacent buckets. */
function atScale(range: BucketRange, change: number): BucketRange {
  if (change === 0 || !hasBuckets(range)) return range
  const factor = 2 ** change
  const offset = Math.floor(range.offset / factor)
  const last = Math.floor((range.offset + range.counts.length - 1) / factor)
  const counts = new Array<number>(last - offset + 1).fill(0)
  for (const [i, count] of range.counts.entries()) {
    const position = Math.floor((range.offset + i) / factor) - offset
    counts[position] = (counts[position] ?? 0) + count
  }
  return { offset, counts }
}

function combineRanges(
  a: BucketRange,
  b: BucketRange,
  countOf: (a: number, b: number) => number,
): BucketRange {
  const ranges = [a, b].filter(hasBuckets)
  const offset = Math.min(...ranges.map((range) => range.offset))
  const end = Math.max(...ranges.map((range) => range.offset + range.counts.length))
  if (ranges.length === 0) return NO_BUCKETS
  const counts: number[] = []
  for (let i = offset; i < end; i += 1)
    counts.push(countOf(a.counts[i - a.offset] ?? 0, b.counts[i - b.offset] ?? 0))
  return trimmed(offset, counts)
}

/** Removes empty buckets at both ends. */
export function trimmed(offset: number, counts: readonly number[]): BucketRange {
  const first = counts.findIndex((count) => count !== 0)
  if (first < 0) return NO_BUCKETS
  const last = counts.findLastIndex((count) => count !== 0)
  return { offset: offset + first, counts: counts.slice(first, last + 1) }
}
