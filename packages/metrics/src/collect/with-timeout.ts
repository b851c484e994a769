import { clearTimeout, setTimeout } from '../real-timers.ts'

/** Longest delay that Node's timers take; longer ones would fire at once. */
const MAX_DELAY = 2_147_483_647

/**
 * Waits for `work`, at most so long. The work itself goes on. The timer does not keep the process alive.
 *
 * @param timeoutMillis no limit if it is not finite
 * @throws an Error named `TimeoutError` that says what took too long
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
