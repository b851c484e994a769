import { type Clock, processClock } from './clock.ts'

/** Longest delay of Node's timers, in milliseconds; a longer one fires at once. */
const MAX_DELAY_MS = 2_147_483_647

/** Options of {@link withTimeout} and {@link settleWithin}. */
export interface TimeoutOptions {
  /** Whether the timer keeps the process alive. Default `false`. */
  readonly holds?: boolean
  /** Default: the clock of the process. */
  readonly clock?: Clock
}

/** The work took longer than its time limit. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
  /** The work that took too long, such as `collecting the metrics`. */
  readonly work: string

  constructor(work: string, timeoutMs: number) {
    super(`${work} took longer than ${timeoutMs} ms`)
    this.work = work
  }
}

/**
 * Settles as `work` does, or rejects after `timeoutMs`. The work itself is not cancelled.
 * @param timeoutMs in milliseconds; `Infinity` or `NaN`: no limit
 * @param what names the work in the error; a function is called when the time is up
 * @throws TimeoutError after `timeoutMs`
 */
export async function withTimeout<T>(
  work: PromiseLike<T>,
  timeoutMs: number,
  what: string | (() => string),
  { holds = false, clock = processClock }: TimeoutOptions = {},
): Promise<T> {
  if (timeoutMs === Number.POSITIVE_INFINITY || Number.isNaN(timeoutMs)) return await work
  const { promise: timeout, reject } = Promise.withResolvers<never>()
  const expire = (): void => {
    reject(new TimeoutError(typeof what === 'string' ? what : what(), timeoutMs))
  }
  const cancel = clock.after(Math.min(Math.max(0, timeoutMs), MAX_DELAY_MS), expire, holds)
  try {
    return await Promise.race([work, timeout])
  } finally {
    cancel()
  }
}

/** Resolves when `work` settles or `timeoutMs` have passed, whichever is first. Never rejects. */
export async function settleWithin(
  work: PromiseLike<unknown>,
  timeoutMs: number,
  options?: TimeoutOptions,
): Promise<void> {
  try {
    await withTimeout(work, timeoutMs, 'work', options)
  } catch {
    // The caller of the work handles its failure; a timeout is expected here.
  }
}
