import type { GaugeMerge } from './gauge-merge.ts'
import { NumberTable } from './number-table.ts'
import type { SourceColumn } from './source-column.ts'

/**
 * Merges the values of a gauge, or of a sum that can fall, over the sources that are not stale. Returns `undefined` if there are
 * none.
 */
export function mergeGauge(
  rule: GaugeMerge,
  columns: Iterable<SourceColumn>,
  slot: number,
): number | undefined {
  let merged: number | undefined
  let count = 0
  let newest = Number.NEGATIVE_INFINITY
  for (const column of columns) {
    const { values, stamps, source } = column
    if (source.isStale || !(values instanceof NumberTable)) continue
    for (let row = column.firstRow(slot); row >= 0; row = column.nextRow(row)) {
      const value = values.get(row)
      const stamp = stamps[row] ?? 0
      count += 1
      if (merged === undefined) merged = value
      else if (rule === 'sum' || rule === 'mean') merged += value
      else if (rule === 'max') merged = Math.max(merged, value)
      else if (rule === 'min') merged = Math.min(merged, value)
      else if (stamp >= newest) merged = value
      newest = Math.max(newest, stamp)
    }
  }
  return rule === 'mean' && merged !== undefined ? merged / count : merged
}
