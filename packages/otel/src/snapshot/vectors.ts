import type { Counter, Gauge, Vector } from './metric-snapshot.ts'

/** Positions from here on stay series of their own: vectors are filled with zeros, so that one series could make them huge. */
const MAX_POSITIONS = 1024

/**
 * Joins the series of one family that differ only in their position into vectors, as vLLM's metrics reader does: all are as long as
 * the longest. Series without a position stay as they are.
 * @param position label with the position: `0` or an integer without leading zeros, less than 1024
 */
export function toVectors(
  series: readonly (Counter | Gauge)[],
  position: string,
): (Counter | Gauge | Vector)[] {
  const vectors = new Map<string, { labels: Record<string, string>; values: Map<number, number> }>()
  const others: (Counter | Gauge)[] = []
  let length = 0
  for (const metric of series) {
    const { [position]: text = '', ...labels } = metric.labels
    const at = /^(?:0|[1-9]\d*)$/.test(text) ? Number(text) : MAX_POSITIONS
    if (at >= MAX_POSITIONS) {
      others.push(metric)
      continue
    }
    const key = JSON.stringify(Object.entries(labels).sort())
    const vector = vectors.get(key) ?? { labels, values: new Map() }
    vectors.set(key, vector)
    vector.values.set(at, metric.value)
    length = Math.max(length, at + 1)
  }
  const joined = [...vectors.values()].map(
    ({ labels, values }): Vector => ({
      type: 'Vector',
      name: series[0]?.name ?? '',
      labels,
      values: Array.from({ length }, (_, at) => values.get(at) ?? 0),
    }),
  )
  return [...joined, ...others]
}
