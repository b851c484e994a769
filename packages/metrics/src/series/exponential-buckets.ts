/** The counts of an exponential histogram on one side of zero, for neighbouring indexes. */
export class ExponentialBuckets {
  /** Index of the first count; 0 if there is none. */
  offset: number
  #counts: Float64Array
  #length: number

  constructor(offset = 0, counts = new Float64Array(4), length = 0) {
    this.offset = offset
    this.#counts = counts
    this.#length = length
  }

  /** The smallest and the largest index that there would be with `index`. */
  rangeWith(index: number): readonly [low: number, high: number] {
    if (this.#length === 0) return [index, index]
    return [Math.min(this.offset, index), Math.max(this.offset + this.#length - 1, index)]
  }

  /** Counts once in the bucket of this index. */
  increment(index: number): void {
    if (this.#length === 0) this.offset = index
    if (index < this.offset) this.#extendBelow(this.offset - index)
    const place = index - this.offset
    if (place >= this.#length) this.#reserve(place + 1)
    this.#counts[place] = (this.#counts[place] ?? 0) + 1
  }

  /** Joins every 2^change neighbouring buckets into one. */
  downscale(change: number): void {
    if (change === 0 || this.#length === 0) return
    const factor = 2 ** change
    const offset = Math.floor(this.offset / factor)
    const joined = new Float64Array(Math.floor((this.offset + this.#length - 1) / factor) - offset + 1)
    for (let i = 0; i < this.#length; i += 1) {
      const place = Math.floor((this.offset + i) / factor) - offset
      joined[place] = (joined[place] ?? 0) + (this.#counts[i] ?? 0)
    }
    this.offset = offset
    this.#counts = joined
    this.#length = joined.length
  }

  copy(): ExponentialBuckets {
    return new ExponentialBuckets(this.offset, this.#counts.slice(0, this.#length), this.#length)
  }

  /** Upstream's form of one side of an exponential histogram. */
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

  /** Makes `length` counts; new ones at the end are 0. */
  #reserve(length: number): void {
    if (length > this.#counts.length) {
      const larger = new Float64Array(Math.max(length, 2 * this.#counts.length))
      larger.set(this.#counts.subarray(0, this.#length))
      this.#counts = larger
    }
    this.#length = length
  }
}
