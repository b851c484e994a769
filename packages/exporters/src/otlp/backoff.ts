/**
 * Delay after the first failure and longest delay, in milliseconds: a collector that recovers gets data
 * within 5 s.
 */
const INITIAL_DELAY_MS = 500
const MAX_DELAY_MS = 4000

/** Bounds of the delay requested by `Retry-After` or `RetryInfo`, in milliseconds. The lower bound protects the collector. */
const MIN_RETRY_AFTER_MS = 100
const MAX_RETRY_AFTER_MS = 60_000

/**
 * Returns the delay before the next attempt, in milliseconds: doubled with every consecutive failure, with a
 * jitter of ±20 % so that processes that lost the same collector do not retry together.
 * @param failures consecutive failures, 1 or more
 * @param random from 0 to 1
 */
export function backoffDelay(failures: number, random: number): number {
  return Math.min(MAX_DELAY_MS, INITIAL_DELAY_MS * 2 ** (failures - 1)) * (0.8 + 0.4 * random)
}

/** Limits the delay requested by `Retry-After` or `RetryInfo` to 0.1 to 60 seconds. */
export function clampRetryAfter(delayMs: number): number {
  return Math.min(MAX_RETRY_AFTER_MS, Math.max(MIN_RETRY_AFTER_MS, delayMs))
}
