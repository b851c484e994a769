import { type Hook, internalErrors } from '../instruments/internal-errors.ts'

/**
 * Wraps a hook so that its errors do not reach the application: an exception in a subscriber of a `diagnostics_channel`
 * ends the process. Errors are counted, and the first error of each hook is logged.
 * @param hook the name under which errors are counted
 * @param run the hook
 * @param fallback returned when the hook throws
 */
export function guard<Args extends readonly unknown[], Result>(
  hook: Hook,
  run: (...args: Args) => Result,
  fallback: Result,
): (...args: Args) => Result {
  return (...args) => {
    try {
      return run(...args)
    } catch (error) {
      internalErrors.report(hook, error)
      return fallback
    }
  }
}

/** As {@link guard}, for hooks that return nothing. */
export function guardVoid<Args extends readonly unknown[]>(
  hook: Hook,
  run: (...args: Args) => void,
): (...args: Args) => void {
  return guard<Args, void>(hook, run, undefined)
}
