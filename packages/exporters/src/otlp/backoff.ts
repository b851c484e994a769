/** The first pause after a failure, and the longest, in milliseconds: what comes back is seen within 5 s. */
const INITIAL_DELAY_MS = 500
const MAX_DELAY_MS = 4000

/** Least and most that a collector may ask for, in milliseconds: one that says "at once" each time is not hammered. */
const MIN_RETRY_AFTER_MS = 100
const MAX_RETRY_AFTER_MS = 60_000

/**
 * The pause before the next attempt, in milliseconds: doubled with every failure in a row, ±20 % at random so that
 * processes that lost the same collector do not come back together.
 * @param failures in a row, 1 or more
 * @param random from 0 to 1
 */
export function backoffDelay(failures: number, random: number): number {
  return Math.min(MAX_DELAY_MS, INITIAL_DELAY_MS * 2 ** (failures - 1)) * (0.8 + 0.4 * random)
}

/** The pause that a collector asks for, which is obeyed exactly from a tenth of a second to a minute. */
export function clampRetryAfter(afterMs: number): number {
  return Math.min(MAX_RETRY_AFTER_MS, Math.max(MIN_RETRY_AFTER_MS, afterMs))
}
