/** The best resolution: 2^20 buckets for every doubling (specification metrics/sdk.md, `MaxScale`). */
export const MAX_SCALE = 20

/** The worst resolution that is ever needed: two buckets hold the whole range of doubles. */
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
 * The bucket of a value: bucket i holds what is greater than base^i and at most base^(i+1), where base is 2^(2^-scale)
 * (OpenTelemetry metrics/data-model.md "ExponentialHistogram"). Subnormal values fall into the lowest bucket.
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
  // A logarithm may miss the bound by a rounding error: powers of two must be exact, they are common.
  if (isPowerOfTwo) return exponent * bucketsPerDoubling - 1
  const index = Math.floor(Math.log(normal) * Math.LOG2E * bucketsPerDoubling)
  const lowest = MIN_EXPONENT * bucketsPerDoubling
  const highest = (MAX_EXPONENT + 1) * bucketsPerDoubling - 1
  return Math.min(Math.max(index, lowest), highest)
}

/** By how much the scale must fall so that all indexes from `low` to `high` fit into `size` buckets. */
export function neededDownscale(low: number, high: number, size: number): number {
  let change = 0
  while (Math.floor(high / 2 ** change) - Math.floor(low / 2 ** change) >= size) change += 1
  return change
}
