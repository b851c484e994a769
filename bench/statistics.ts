/** Numbers in ascending order. */
export function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b)
}

/** The value below which `share` of some sorted values lie. */
export function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.floor((ascending.length - 1) * share)] ?? Number.NaN
}

/** The median of some ratios, and their quartiles in brackets. */
export function ratioText(ratios: readonly number[]): string {
  const ascending = sorted(ratios)
  const [low, median, high] = [0.25, 0.5, 0.75].map((share) => quantile(ascending, share).toFixed(2))
  return `${median} [${low}–${high}]`
}

/** The numbers below `count` in a random order: each slice leaves its traces in what comes after it. */
export function shuffled(count: number): number[] {
  return Array.from({ length: count }, (_, number) => ({ number, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ number }) => number)
}
