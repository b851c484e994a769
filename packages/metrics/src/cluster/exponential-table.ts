import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics'
import type { PointValue } from '../series/aggregation-storage.ts'
import { type WireValues, wireNumber } from '../series/wire-values.ts'
import {
  type BucketRange,
  combineExponentials,
  countOfExponential,
  EMPTY_EXPONENTIAL,
  type ExponentialValue,
  trimmed,
} from './exponential-value.ts'
import type { HistogramParts } from './histogram-table.ts'
import type { PointStorage, ValueTable } from './value-table.ts'

const sum = (a: number, b: number): number => a + b
const difference = (a: number, b: number): number => a - b

/** Values of exponential histograms. */
export class ExponentialTable implements ValueTable {
  readonly #parts: HistogramParts
  readonly #values: ExponentialValue[]

  constructor(parts: HistogramParts, values: ExponentialValue[] = []) {
    this.#parts = parts
    this.#values = values
  }

  get(row: number): ExponentialValue {
    return this.#values[row] ?? EMPTY_EXPONENTIAL
  }

  /** Sets a value. A sum, minimum or maximum of NaN is not recorded. */
  set(row: number, value: ExponentialValue): void {
    const hasSum = !Number.isNaN(value.sum)
    const hasRange = !Number.isNaN(value.min) && !Number.isNaN(value.max)
    if (!hasSum) this.#parts.recordsSum = false
    if (!hasRange) this.#parts.recordsMinMax = false
    const { min, max } = hasRange ? value : EMPTY_EXPONENTIAL
    // Combining with the empty value applies the size limit.
    const checked = { ...value, sum: hasSum ? value.sum : 0, min, max }
    this.#values[row] = combineExponentials(EMPTY_EXPONENTIAL, checked, sum, sum)
  }

  reserve(count: number): void {
    while (this.#values.length < count) this.#values.push(EMPTY_EXPONENTIAL)
  }

  clear(row: number): void {
    this.#values[row] = EMPTY_EXPONENTIAL
  }

  add(row: number, from: ExponentialTable, fromRow: number): void {
    this.#values[row] = combineExponentials(this.get(row), from.get(fromRow), sum, sum)
  }

  setPoint(row: number, point: PointValue): boolean {
    if (typeof point === 'number' || !('scale' in point)) return false
    const { scale, zeroCount, positive, negative } = point
    this.#values[row] = {
      ...EMPTY_EXPONENTIAL,
      sum: point.sum ?? 0,
      scale,
      zeroCount,
      positive: trimmed(positive.offset, positive.bucketCounts),
      negative: trimmed(negative.offset, negative.bucketCounts),
    }
    return true
  }

  raise(row: number, from: ExponentialTable, fromRow: number): boolean {
    const old = this.get(row)
    const sumOf = this.#parts.isMonotonic ? Math.max : (_old: number, value: number) => value
    const raised = combineExponentials(old, from.get(fromRow), Math.max, sumOf)
    this.#values[row] = raised
    return raised.sum !== old.sum || countOfExponential(raised) !== countOfExponential(old)
  }

  subtract(row: number, from: ExponentialTable, fromRow: number): boolean {
    const value = combineExponentials(this.get(row), from.get(fromRow), difference, difference)
    this.#values[row] = value
    return countOfExponential(value) !== 0
  }

  pick(rows: readonly number[]): ExponentialTable {
    return new ExponentialTable(
      this.#parts,
      rows.map((row) => this.get(row)),
    )
  }

  write(row: number, id: number, to: WireValues): void {
    const { sum: total, min, max, scale, zeroCount, positive, negative } = this.get(row)
    const { recordsSum, recordsMinMax } = this.#parts
    const count = countOfExponential(this.get(row))
    const value = {
      series: id,
      count,
      sum: wireNumber(recordsSum ? total : Number.NaN),
      min: wireNumber(recordsMinMax ? min : Number.NaN),
      max: wireNumber(recordsMinMax ? max : Number.NaN),
      scale,
      zeroCount,
      positive: [positive.offset, positive.counts] as const,
      negative: [negative.offset, negative.counts] as const,
    }
    to.exponential.push(value)
    to.bytes += JSON.stringify(value).length + 1
  }

  toStorage(hasRange = true): PointStorage {
    const { recordsSum, recordsMinMax } = this.#parts
    return new ExponentialPoints(this.#values, recordsSum, hasRange && recordsMinMax)
  }
}

/** Data points of exponential histograms. Read only. */
class ExponentialPoints implements PointStorage {
  readonly #values: readonly ExponentialValue[]
  readonly #hasSum: boolean
  readonly #hasRange: boolean

  constructor(values: readonly ExponentialValue[], hasSum: boolean, hasRange: boolean) {
    this.#values = values
    this.#hasSum = hasSum
    this.#hasRange = hasRange
  }

  point(slot: number): ExponentialHistogram {
    const value = this.#values[slot] ?? EMPTY_EXPONENTIAL
    const count = countOfExponential(value)
    return {
      ...(this.#hasRange && count > 0 ? { min: value.min, max: value.max } : undefined),
      ...(this.#hasSum ? { sum: value.sum } : undefined),
      positive: toBuckets(value.positive),
      negative: toBuckets(value.negative),
      count,
      scale: value.scale,
      zeroCount: value.zeroCount,
    }
  }
}

function toBuckets({ offset, counts }: BucketRange): ExponentialHistogram['positive'] {
  return { offset, bucketCounts: [...counts] }
}
