import { ensureCapacity, type PointValue } from '../series/aggregation-storage.ts'
import { HistogramStorage } from '../series/histogram-storage.ts'
import { numberBytes, type WireValues, wireNumber } from '../series/wire-values.ts'
import type { PointStorage, ValueTable } from './value-table.ts'

/** Each row starts with sum, minimum and maximum, followed by its bucket counts, as in {@link HistogramStorage}. */
const HEADER_LENGTH = 3

/** Which parts of a histogram are recorded. Tables of one metric share it. */
export interface HistogramParts {
  readonly boundaries: readonly number[]
  /** Whether no recorded value is negative, so that the sum never falls. */
  readonly isMonotonic: boolean
  recordsSum: boolean
  recordsMinMax: boolean
}

/** Values of histograms with explicit bounds. */
export class HistogramTable implements ValueTable {
  readonly #parts: HistogramParts
  readonly #stride: number
  #numbers: Float64Array
  #reserved: number

  constructor(parts: HistogramParts, numbers?: Float64Array, reserved = 0) {
    this.#parts = parts
    this.#stride = HEADER_LENGTH + parts.boundaries.length + 1
    this.#numbers = numbers ?? new Float64Array(this.#stride * 2)
    this.#reserved = reserved
  }

  /** Number of buckets. */
  get bucketCount(): number {
    return this.#stride - HEADER_LENGTH
  }

  reserve(count: number): void {
    this.#numbers = ensureCapacity(this.#numbers, count * this.#stride)
    for (; this.#reserved < count; this.#reserved += 1) this.clear(this.#reserved)
  }

  clear(row: number): void {
    const offset = row * this.#stride
    this.#numbers.fill(0, offset, offset + this.#stride)
    this.#numbers[offset + 1] = Number.POSITIVE_INFINITY
    this.#numbers[offset + 2] = Number.NEGATIVE_INFINITY
  }

  /** Sets sum, minimum and maximum, and all buckets to 0. NaN: not recorded. */
  setHeader(row: number, sum: number, min: number, max: number): void {
    this.clear(row)
    const offset = row * this.#stride
    if (Number.isNaN(sum)) this.#parts.recordsSum = false
    else this.#numbers[offset] = sum
    if (Number.isNaN(min) || Number.isNaN(max)) {
      this.#parts.recordsMinMax = false
      return
    }
    this.#numbers[offset + 1] = min
    this.#numbers[offset + 2] = max
  }

  /** Sets the count of a bucket. The bucket exists. */
  setBucket(row: number, bucket: number, count: number): void {
    this.#numbers[row * this.#stride + HEADER_LENGTH + bucket] = count
  }

  add(row: number, from: HistogramTable, fromRow: number): void {
    const target = this.#numbers
    const source = from.#numbers
    const stride = this.#stride
    const offset = row * stride
    const fromOffset = fromRow * stride
    target[offset] = (target[offset] ?? 0) + (source[fromOffset] ?? 0)
    if ((source[fromOffset + 1] ?? 0) < (target[offset + 1] ?? 0))
      target[offset + 1] = source[fromOffset + 1] ?? 0
    if ((source[fromOffset + 2] ?? 0) > (target[offset + 2] ?? 0))
      target[offset + 2] = source[fromOffset + 2] ?? 0
    for (let i = HEADER_LENGTH; i < stride; i += 1)
      target[offset + i] = (target[offset + i] ?? 0) + (source[fromOffset + i] ?? 0)
  }

  setPoint(row: number, point: PointValue): boolean {
    if (typeof point === 'number' || !('buckets' in point)) return false
    const { boundaries, counts } = point.buckets
    if (boundaries.join() !== this.#parts.boundaries.join()) return false
    this.clear(row)
    const offset = row * this.#stride
    this.#numbers[offset] = point.sum ?? 0
    this.#numbers.set(counts, offset + HEADER_LENGTH)
    return true
  }

  raise(row: number, from: HistogramTable, fromRow: number): boolean {
    const target = this.#numbers
    const source = from.#numbers
    const stride = this.#stride
    const offset = row * stride
    const fromOffset = fromRow * stride
    let hasChanged = false
    for (let i = 0; i < stride; i += 1) {
      const old = target[offset + i] ?? 0
      const value = source[fromOffset + i] ?? 0
      const isReplaced =
        i === 1 ? value < old : i > 0 || this.#parts.isMonotonic ? value > old : value !== old
      if (!isReplaced) continue
      target[offset + i] = value
      hasChanged = true
    }
    return hasChanged
  }

  subtract(row: number, from: HistogramTable, fromRow: number): boolean {
    const target = this.#numbers
    const source = from.#numbers
    const stride = this.#stride
    const offset = row * stride
    const fromOffset = fromRow * stride
    let isNotZero = false
    target[offset] = (target[offset] ?? 0) - (source[fromOffset] ?? 0)
    for (let i = HEADER_LENGTH; i < stride; i += 1) {
      const difference = (target[offset + i] ?? 0) - (source[fromOffset + i] ?? 0)
      target[offset + i] = difference
      if (difference !== 0) isNotZero = true
    }
    return isNotZero
  }

  pick(rows: readonly number[]): HistogramTable {
    const stride = this.#stride
    const numbers = new Float64Array(rows.length * stride)
    rows.forEach((row, i) => {
      numbers.set(this.#numbers.subarray(row * stride, (row + 1) * stride), i * stride)
    })
    return new HistogramTable(this.#parts, numbers, rows.length)
  }

  write(row: number, id: number, to: WireValues): void {
    const numbers = this.#numbers
    const { recordsSum, recordsMinMax } = this.#parts
    const first = row * this.#stride + HEADER_LENGTH
    let pairs = 0
    for (let i = 0; i < this.bucketCount; i += 1) if (numbers[first + i] !== 0) pairs += 1
    writeNumber(id, to)
    writeNumber((recordsSum ? numbers[first - 3] : undefined) ?? Number.NaN, to)
    writeNumber((recordsMinMax ? numbers[first - 2] : undefined) ?? Number.NaN, to)
    writeNumber((recordsMinMax ? numbers[first - 1] : undefined) ?? Number.NaN, to)
    writeNumber(pairs, to)
    for (let i = 0; i < this.bucketCount; i += 1) {
      const count = numbers[first + i] ?? 0
      if (count === 0) continue
      writeNumber(i, to)
      writeNumber(count, to)
    }
  }

  toStorage(hasRange = true): PointStorage {
    const { boundaries, recordsSum, recordsMinMax } = this.#parts
    const config = { boundaries, recordSum: recordsSum, recordMinMax: hasRange && recordsMinMax }
    return new HistogramStorage(config, this.#numbers, this.#reserved)
  }
}

function writeNumber(number: number, to: WireValues): void {
  to.histograms.push(wireNumber(number))
  to.bytes += numberBytes(number)
}
