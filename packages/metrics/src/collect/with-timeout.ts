import { clearTimeout, setTimeout } from '../real-timers.ts'

/** Longest delay that Node's timers support. Longer ones fire after 1 ms. */
const MAX_DELAY = 2_147_483_647

/**
 * Waits for `work`, at most `timeoutMillis`. Does not cancel the work. The timer does not keep the process alive.
 *
 * @param timeoutMillis no limit if not finite
 * @param what names the work in the error's message
 * @throws an Error named `TimeoutError`
 */
export async function withTimeout<T>(work: PromiseLike<T>, timeoutMillis: number, what: string): Promise<T> {
  if (!Number.isFinite(timeoutMillis)) return await work
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => {
      const error = new Error(`${what} took longer than ${timeoutMillis} ms`)
      error.name = 'TimeoutError'
      reject(error)
    },
    Math.min(Math.max(0, timeoutMillis), MAX_DELAY),
  )
  timer.unref()
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
