import type { Completion, OnCompletion } from './completion.ts'
import { observeCompletion } from './thenable-completion.ts'

/**
 * Calls `run`, and `ended` once when the call has ended: at once, or when its promise settles. Returns the very value that
 * `run` returns: a promise of a class with more methods keeps them. A rejection that nobody handles is reported as
 * unhandled once, and one that somebody handles is not, as without us. What is no promise but can be awaited, such as a
 * query that runs when it is awaited, ends when somebody has awaited it. A value that nothing can be observed of, since it
 * is frozen, ends the call when it is returned. `ended` is never allowed to fail the call.
 */
export function trackCompletion<Result>(run: () => Result, ended: OnCompletion): Result {
  let result: Result
  try {
    result = run()
  } catch (error) {
    tell(ended, { threw: true, error })
    throw error
  }
  if (!observeCompletion(result, once(ended))) tell(ended, { threw: false, result })
  return result
}

function once(ended: OnCompletion): OnCompletion {
  let hasEnded = false
  return (how) => {
    if (!hasEnded) tell(ended, how)
    hasEnded = true
  }
}

function tell(ended: OnCompletion, how: Completion): void {
  try {
    ended(how)
  } catch {
    // a result with throwing getters is the application's; it gets it as it is
  }
}
