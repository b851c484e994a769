import { type Hook, internalErrors } from '../instruments/internal-errors.ts'

/**
 * Wraps a hook so that nothing it throws reaches the application: an exception in a subscriber of a
 * `diagnostics_channel` ends the process. What it throws is counted, and the first error is logged.
 * @param hook the name under which errors are counted
 * @param run the hook
 * @param otherwise returned when the hook has thrown
 */
export function guard<Args extends readonly unknown[], Answer>(
  hook: Hook,
  run: (...args: Args) => Answer,
  otherwise: Answer,
): (...args: Args) => Answer {
  return (...args) => {
    try {
      return run(...args)
    } catch (error) {
      internalErrors.report(hook, error)
      return otherwise
    }
  }
}

/** {@link guard} for hooks that return nothing. */
export function guardVoid<Args extends readonly unknown[]>(
  hook: Hook,
  run: (...args: Args) => void,
): (...args: Args) => void {
  return guard<Args, void>(hook, run, undefined)
}
