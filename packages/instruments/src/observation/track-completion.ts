import type { Completion, OnCompletion } from './completion.ts'
import { observeCompletion } from './thenable-completion.ts'

/**
 * Calls `run` and returns what it returns: the same promise or object, with all its methods. Calls `onCompletion` once:
 *
 * - when `run` throws, or returns a value that cannot be awaited;
 * - when the returned promise settles. Its unhandled rejection is reported by Node exactly as without this function;
 * - when another value that can be awaited (a thenable) has been awaited by the application. It is not awaited here: a
 *   query would run twice;
 * - when `run` returns, if a promise or thenable cannot be observed because it is frozen.
 *
 * Exceptions of `onCompletion` are ignored.
 */
export function trackCompletion<Result>(run: () => Result, onCompletion: OnCompletion): Result {
  let result: Result
  try {
    result = run()
  } catch (error) {
    notify(onCompletion, { threw: true, error })
    throw error
  }
  if (!observeCompletion(result, once(onCompletion))) notify(onCompletion, { threw: false, result })
  return result
}

function once(onCompletion: OnCompletion): OnCompletion {
  let isComplete = false
  return (completion) => {
    if (!isComplete) notify(onCompletion, completion)
    isComplete = true
  }
}

function notify(onCompletion: OnCompletion, completion: Completion): void {
  try {
    onCompletion(completion)
  } catch {
    // For example a result with getters that throw. The application still gets it.
  }
}
