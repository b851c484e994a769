/** How a call ended: with a result, or by throwing (or rejecting). */
export type Ended =
  | { readonly threw: false; readonly result: unknown }
  | { readonly threw: true; readonly error: unknown }

/**
 * Calls `run` and tells `ended` once how it ended, at once or when its promise settles. The caller gets the
 * result or the error of `run`; a promise is answered by one that settles alike, so that a rejection which nobody
 * handles is still reported as unhandled. `ended` is never allowed to fail the call.
 */
export function settle<Result>(run: () => Result, ended: (how: Ended) => void): Result {
  let result: Result
  try {
    result = run()
  } catch (error) {
    tell(ended, { threw: true, error })
    throw error
  }
  if (isThenable(result)) return follow(result, ended) as Result
  tell(ended, { threw: false, result })
  return result
}

async function follow(promise: PromiseLike<unknown>, ended: (how: Ended) => void): Promise<unknown> {
  let result: unknown
  try {
    result = await promise
  } catch (error) {
    tell(ended, { threw: true, error })
    throw error
  }
  tell(ended, { threw: false, result })
  return result
}

function tell(ended: (how: Ended) => void, how: Ended): void {
  try {
    ended(how)
  } catch {
    // a result with throwing getters is the application's; it gets it as it is
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
