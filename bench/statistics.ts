/** Returns the values in ascending order. */
export function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b)
}

/** Returns a quantile of sorted values. `share` is from 0 to 1. */
export function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.floor((ascending.length - 1) * share)] ?? Number.NaN
}

/** Returns the median of values in any order. */
export function median(values: readonly number[]): number {
  return quantile(sorted(values), 0.5)
}

/** Formats ratios as "median [lower quartile–upper quartile]". */
export function formatRatios(ratios: readonly number[]): string {
  const ascending = sorted(ratios)
  const [lower, middle, upper] = [0.25, 0.5, 0.75].map((share) => quantile(ascending, share).toFixed(2))
  return `${middle} [${lower}–${upper}]`
}

/** Returns the numbers from 0 to `count - 1` in random order, so that no variant always runs after the same one. */
export function shuffled(count: number): number[] {
  return Array.from({ length: count }, (_, number) => ({ number, rank: Math.random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ number }) => number)
}
