import type { Family, Labels } from './family.ts'

/**
 * Adds labels to every series. A label of the engine with the same name gets the prefix `exported_`, as in a scrape by
 * Prometheus with `honor_labels: false`. Yields in every family and after every few series.
 */
export function* withLabels(families: readonly Family[], added: Labels): Generator<void, Family[]> {
  const labelled: Family[] = []
  for (const family of families) {
    const points: Family['points'][number][] = []
    for (const point of family.points) {
      if (points.length % 64 === 0) yield
      points.push({ ...point, labels: combine(point.labels, added) })
    }
    labelled.push({ ...family, points } as Family)
  }
  return labelled
}

function combine(labels: Labels, added: Labels): Labels {
  const combined: Record<string, string> = {}
  for (const name in labels) {
    let free = name
    while (Object.hasOwn(added, free) || (free !== name && Object.hasOwn(labels, free)))
      free = `exported_${free}`
    combined[free] = labels[name] as string
  }
  return Object.assign(combined, added)
}
