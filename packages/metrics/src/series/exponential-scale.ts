/** Finest scale: 2^20 buckets per power of two (specification metrics/sdk.md, `MaxScale`). */
export const MAX_SCALE = 20

/** Coarsest scale that is ever needed: two buckets cover all doubles. */
export const MIN_SCALE = -10

const SMALLEST_NORMAL = 2 ** -1022
const MIN_EXPONENT = -1022
const MAX_EXPONENT = 1023

const double = new Float64Array(1)
const words = new Uint32Array(double.buffer)
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
const HIGH = isLittleEndian ? 1 : 0
const LOW = isLittleEndian ? 0 : 1

/**
 * Returns the bucket index of a value. Bucket i holds values in (base^i, base^(i+1)], where base = 2^(2^-scale)
 * (OpenTelemetry metrics/data-model.md "ExponentialHistogram"). Subnormal values go into the lowest bucket.
 *
 * @param value positive and finite
 * @param scale from MIN_SCALE to MAX_SCALE
 */
export function exponentialIndex(value: number, scale: number): number {
  const normal = Math.max(value, SMALLEST_NORMAL)
  double[0] = normal
  const high = words[HIGH] ?? 0
  const exponent = ((high & 0x7f_f0_00_00) >>> 20) - 1023
  const isPowerOfTwo = (high & 0x0f_ff_ff) === 0 && words[LOW] === 0
  if (scale <= 0) return (isPowerOfTwo ? exponent - 1 : exponent) >> -scale
  const bucketsPerDoubling = 2 ** scale
  // Powers of two are common values and bucket bounds. The logarithm below could round to the wrong side of the bound.
  if (isPowerOfTwo) return exponent * bucketsPerDoubling - 1
  const index = Math.floor(Math.log(normal) * Math.LOG2E * bucketsPerDoubling)
  const lowest = MIN_EXPONENT * bucketsPerDoubling
  const highest = (MAX_EXPONENT + 1) * bucketsPerDoubling - 1
  return Math.min(Math.max(index, lowest), highest)
}

/** Returns by how much the scale must be lowered so that the indexes from `low` to `high` fit into `size` buckets. */
export function neededDownscale(low: number, high: number, size: number): number {
  let change = 0
  while (Math.floor(high / 2 ** change) - Math.floor(low / 2 ** change) >= size) change += 1
  return change
}
