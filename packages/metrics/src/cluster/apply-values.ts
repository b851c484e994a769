import { ExponentialTable } from './exponential-table.ts'
import { trimmed } from './exponential-value.ts'
import { HistogramTable } from './histogram-table.ts'
import type { MergedSource } from './merged-source.ts'
import type { Push, WireExponential, WireNumber } from './messages.ts'
import { fromWire } from './metric-key.ts'
import { NumberTable } from './number-table.ts'

/** Numbers of a histogram before its buckets: id, sum, minimum, maximum, number of pairs. */
const HEADER_LENGTH = 5

/**
 * Sets the values of a push in the columns of its source, and marks what has changed. Ignores unknown ids and values that the kind of
 * the metric excludes.
 */
export function applyValues(source: MergedSource, push: Push): void {
  applyNumbers(source, push.numbers ?? [])
  applyHistograms(source, push.histograms ?? [])
  for (const value of push.exponential ?? []) applyExponential(source, value)
}

function applyNumbers(source: MergedSource, numbers: readonly WireNumber[]): void {
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    const series = source.series(fromWire(numbers[i]))
    if (series === undefined) continue
    const { metric, column, row } = series
    const value = fromWire(numbers[i + 1])
    if (!(column.values instanceof NumberTable)) continue
    // NaN and infinities would stay in a sum forever.
    if (metric.isCumulative && !(value >= 0 && value < Number.POSITIVE_INFINITY)) continue
    column.stamps[row] = source.stamp
    column.values.set(row, value)
    metric.markChanged(column.slotOf(row))
  }
}

function applyHistograms(source: MergedSource, numbers: readonly WireNumber[]): void {
  for (let i = 0; i + HEADER_LENGTH <= numbers.length; ) {
    const start = i
    const pairs = fromWire(numbers[start + 4])
    const first = start + HEADER_LENGTH
    i = first + 2 * pairs
    if (!Number.isInteger(pairs) || pairs < 0) return
    const series = source.series(fromWire(numbers[start]))
    if (series === undefined || !(series.column.values instanceof HistogramTable)) continue
    const { metric, column, row } = series
    const { values } = series.column
    const [sum, min, max] = [numbers[start + 1], numbers[start + 2], numbers[start + 3]]
    values.setHeader(row, fromWire(sum), fromWire(min), fromWire(max))
    for (let k = first; k < i; k += 2) {
      const bucket = fromWire(numbers[k])
      const count = fromWire(numbers[k + 1])
      if (bucket >= 0 && bucket < values.bucketCount && count >= 0) values.setBucket(row, bucket, count)
    }
    metric.markChanged(column.slotOf(row))
  }
}

function applyExponential(source: MergedSource, value: WireExponential): void {
  const series = source.series(value.series)
  if (series === undefined || !(series.column.values instanceof ExponentialTable)) return
  const { metric, column, row } = series
  series.column.values.set(row, {
    sum: fromWire(value.sum),
    min: fromWire(value.min),
    max: fromWire(value.max),
    scale: value.scale,
    zeroCount: value.zeroCount,
    positive: trimmed(...value.positive),
    negative: trimmed(...value.negative),
  })
  metric.markChanged(column.slotOf(row))
}
