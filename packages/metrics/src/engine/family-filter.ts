import type { Family } from './family.ts'
import { isSafeFamily } from './safe-family.ts'

/** Selects families by the start of their names. */
export interface NamePrefixes {
  /** Prefixes of the names that are kept; empty: all. */
  readonly include: readonly string[]
  /** Prefixes of the names that are dropped, also if they are included. */
  readonly exclude: readonly string[]
}

/** Returns whether a family with this name is kept. */
export function isIncluded(name: string, { include, exclude }: NamePrefixes): boolean {
  const hasPrefix = (prefix: string): boolean => name.startsWith(prefix)
  return !exclude.some(hasPrefix) && (include.length === 0 || include.some(hasPrefix))
}

/** The families of an engine that are passed on. */
export interface SelectedFamilies {
  readonly families: readonly Family[]
  /** Number of included families that were dropped because of markup in their names. */
  readonly unsafe: number
}

/** Selects the families that are included and have safe names. Yields after every family. */
export function* selectFamilies(
  families: readonly Family[],
  prefixes: NamePrefixes,
): Generator<void, SelectedFamilies> {
  const selected: Family[] = []
  let unsafe = 0
  for (const family of families) {
    if (!isIncluded(family.name, prefixes)) continue
    if (isSafeFamily(family)) selected.push(family)
    else unsafe += 1
    yield
  }
  return { families: selected, unsafe }
}
