import { clearTimeout, setTimeout } from '../real-timers.ts'

/** The time was up before the work was done. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError'
}

/**
 * Settles as the promise does, or rejects with a TimeLimitError after `milliseconds`. The timer does not
 * keep the process alive.
 */
export function withinTime<T>(work: Promise<T>, milliseconds: number, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new TimeLimitError(`${what} took longer than ${milliseconds} ms`))
    }, milliseconds)
    timer.unref()
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
