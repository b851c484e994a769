/** Counts of an exponential histogram's positive or negative buckets, for a contiguous range of indexes. */
export class ExponentialBuckets {
  /** Index of the first bucket; 0 if there are no buckets. */
  offset: number
  #counts: Float64Array
  #length: number

  constructor(offset = 0, counts = new Float64Array(4), length = 0) {
    this.offset = offset
    this.#counts = counts
    this.#length = length
  }

  /** Returns the range of indexes extended to include `index`. */
  rangeWith(index: number): readonly [low: number, high: number] {
    if (this.#length === 0) return [index, index]
    return [Math.min(this.offset, index), Math.max(this.offset + this.#length - 1, index)]
  }

  /** Adds 1 to the bucket with this index. */
  increment(index: number): void {
    if (this.#length === 0) this.offset = index
    if (index < this.offset) this.#extendBelow(this.offset - index)
    const position = index - this.offset
    if (position >= this.#length) this.#reserve(position + 1)
    this.#counts[position] = (this.#counts[position] ?? 0) + 1
  }

  /** Lowers the scale by `change`: merges each 2^change adjacent buckets. */
  downscale(change: number): void {
    if (change === 0 || this.#length === 0) return
    const factor = 2 ** change
    const offset = Math.floor(this.offset / factor)
    const merged = new Float64Array(Math.floor((this.offset + this.#length - 1) / factor) - offset + 1)
    for (let i = 0; i < this.#length; i += 1) {
      const position = Math.floor((this.offset + i) / factor) - offset
      merged[position] = (merged[position] ?? 0) + (this.#counts[i] ?? 0)
    }
    this.offset = offset
    this.#counts = merged
    this.#length = merged.length
  }

  copy(): ExponentialBuckets {
    return new ExponentialBuckets(this.offset, this.#counts.slice(0, this.#length), this.#length)
  }

  /** Returns the buckets in the form of `ExponentialHistogram` of sdk-metrics. */
  toPoint(): { offset: number; bucketCounts: number[] } {
    return { offset: this.offset, bucketCounts: Array.from(this.#counts.subarray(0, this.#length)) }
  }

  #extendBelow(count: number): void {
    const length = this.#length
    this.#reserve(length + count)
    this.#counts.copyWithin(count, 0, length)
    this.#counts.fill(0, 0, count)
    this.offset -= count
  }

  /** Sets the number of buckets to `length`. New buckets at the end are 0. */
  #reserve(length: number): void {
    if (length > this.#counts.length) {
      const larger = new Float64Array(Math.max(length, 2 * this.#counts.length))
      larger.set(this.#counts.subarray(0, this.#length))
      this.#counts = larger
    }
    this.#length = length
  }
}
