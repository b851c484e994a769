import { type Clock, processClock } from '../clock.ts'

/** The time was up before the work was done. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError'
}

/**
 * Settles as the promise does, or rejects with a TimeLimitError after `milliseconds`. The timer does not
 * keep the process alive.
 * @param what names the work in the error, in the words that hold when the time is up
 */
export function withinTime<T>(
  work: Promise<T>,
  milliseconds: number,
  what: () => string,
  clock: Clock = processClock,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new TimeLimitError(`${what()} took longer than ${milliseconds} ms`))
    const cancel = clock.after(milliseconds, late, false)
    work.then(resolve, reject).finally(cancel)
  })
}
