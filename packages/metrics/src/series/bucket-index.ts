/** Returns the first bucket whose inclusive upper bound is >= `value`, or `bounds.length` if there is none. */
export function bucketIndex(bounds: Float64Array, value: number): number {
  let low = 0
  let high = bounds.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((bounds[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}
