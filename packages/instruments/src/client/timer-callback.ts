import { executionAsyncResource } from 'node:async_hooks'
import { clearTimeout, setTimeout } from '../real-timers.ts'

/** The class of timers, which is no global of Node. */
const Timeout = classOfTimers()

/**
 * Returns whether the running code was called by a timer of `setTimeout` or `setInterval`. Code that continues after an `await`
 * was not.
 */
export function isInTimerCallback(): boolean {
  return executionAsyncResource() instanceof Timeout
}

function classOfTimers(): new () => object {
  const timer = setTimeout(() => {}, 0)
  clearTimeout(timer)
  return timer.constructor as new () => object
}
