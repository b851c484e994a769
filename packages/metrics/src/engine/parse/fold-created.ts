import type { Family } from '../family.ts'
import { seriesKey } from './series-key.ts'

/**
 * Moves the values of gauges `x_created` into the points of the counter, histogram or summary `x`. The text format has no
 * start times; Python's client exposes them as such gauges. Yields in every family and after every few points.
 */
export function* foldCreated(families: readonly Family[]): Generator<void, Family[]> {
  const byName = new Map(families.map((family) => [family.name, family]))
  for (const family of families) {
    if (family.type !== 'gauge' || !family.name.endsWith('_created')) continue
    const owner = ownerOf(family.name.slice(0, -'_created'.length), byName)
    if (owner === undefined) continue
    byName.set(owner.name, yield* withCreated(owner, family))
    byName.delete(family.name)
  }
  return [...byName.values()]
}

function ownerOf(name: string, families: ReadonlyMap<string, Family>): Family | undefined {
  const counter = families.get(`${name}_total`)
  if (counter?.type === 'counter') return counter
  const family = families.get(name)
  return family && ['counter', 'histogram', 'summary'].includes(family.type) ? family : undefined
}

function* withCreated(owner: Family, created: Family): Generator<void, Family> {
  const starts = new Map<string, number>()
  for (const point of created.points) {
    if (starts.size % 64 === 0) yield
    if ('value' in point && Number.isFinite(point.value)) starts.set(keyOf(point.labels), point.value)
  }
  const points: Family['points'][number][] = []
  for (const point of owner.points) {
    if (points.length % 64 === 0) yield
    const start = starts.get(keyOf(point.labels))
    points.push(start === undefined ? point : { ...point, created: start })
  }
  return { ...owner, points } as Family
}

const keyOf = (labels: Readonly<Record<string, string>>): string => seriesKey(Object.entries(labels))
