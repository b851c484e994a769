import type { SnapshotFilter } from './metric-snapshot.ts'

/** Returns whether a filter includes a family. Names of counters in it may end with `_total`. */
export function hasName(name: string, { names, prefixes }: SnapshotFilter): boolean {
  if (names === undefined && prefixes === undefined) return true
  if (names?.some((given) => given === name || given === `${name}_total`)) return true
  return prefixes?.some((prefix) => name.startsWith(prefix)) ?? false
}

/** Returns a predicate of series: whether a filter includes their labels. */
export function hasLabels({
  labels = {},
}: SnapshotFilter): (series: { readonly labels: Readonly<Record<string, string>> }) => boolean {
  const wanted = Object.entries(labels)
  return (series) => wanted.every(([name, value]) => series.labels[name] === value)
}
