import type { Family } from './family.ts'
import { suffixesOf } from './parse/suffixes.ts'

/** The families of several engines as one exposition. */
export interface MergedFamilies {
  readonly families: readonly Family[]
  /** Number of families that were dropped, by the index of their engine. */
  readonly conflicts: readonly number[]
}

/**
 * Joins the series of families with the same name. If two engines use a name for different types, the family of the later
 * engine is dropped. Help and unit are those of the first engine.
 */
export function mergeFamilies(engines: readonly (readonly Family[])[]): MergedFamilies {
  const merged = new Map<string, Family>()
  /** Families by the names of their samples. */
  const owners = new Map<string, string>()
  const conflicts = engines.map((families) => {
    let dropped = 0
    for (const family of families) {
      if (claimNames(family, owners)) merge(merged, family)
      else dropped += 1
    }
    return dropped
  })
  return { families: [...merged.values()], conflicts }
}

function claimNames({ name, type }: Family, owners: Map<string, string>): boolean {
  const owner = `${type} ${name}`
  const names = [name, ...(suffixesOf(type, 'text') ?? ['']).map((suffix) => name + suffix)]
  if (names.some((claimed) => (owners.get(claimed) ?? owner) !== owner)) return false
  for (const claimed of names) owners.set(claimed, owner)
  return true
}

function merge(merged: Map<string, Family>, family: Family): void {
  const first = merged.get(family.name)
  const points = first === undefined ? family.points : [...first.points, ...family.points]
  merged.set(family.name, { ...(first ?? family), points } as Family)
}
