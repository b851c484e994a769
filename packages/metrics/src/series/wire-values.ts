import type { WireExponential, WireNumber } from '../cluster/messages.ts'

/** Values of series in the form of a push message, with an upper bound of their size. */
export interface WireValues {
  /** Sums and gauges: id, value, …. */
  readonly numbers: WireNumber[]
  /** Histograms: id, sum, minimum, maximum, number of pairs, pairs of bucket index and count, …. */
  readonly histograms: WireNumber[]
  readonly exponential: WireExponential[]
  /** Upper bound of the size in bytes, as JSON. */
  bytes: number
}

/** Longest double in JSON, such as `-1.2345678901234567e-300`, and its comma. */
export const MAX_NUMBER_BYTES = 25

/** Returns a number as messages represent it: JSON has no NaN and no infinities. */
export function wireNumber(value: number): WireNumber {
  return Number.isFinite(value) ? value : (`${value}` as WireNumber)
}

/** Returns an upper bound of the bytes of a number in JSON, with its comma. */
export function numberBytes(value: number): number {
  // Most numbers are ids and counts.
  if (value >= 0 && value < 1e6 && Number.isInteger(value)) return value < 1e3 ? 4 : 7
  return MAX_NUMBER_BYTES
}
