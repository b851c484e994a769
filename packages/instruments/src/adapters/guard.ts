import { diag } from '@opentelemetry/api'

/**
 * Wraps a hook so that nothing it throws reaches the application: an exception in a subscriber of a
 * `diagnostics_channel` would end the process. Reported once for each hook.
 * @param otherwise what the hook answers when it has thrown
 */
export function guard<Args extends readonly unknown[], Answer>(
  name: string,
  hook: (...args: Args) => Answer,
  otherwise: Answer,
): (...args: Args) => Answer {
  let reported = false
  return (...args) => {
    try {
      return hook(...args)
    } catch (error) {
      if (!reported) diag.error(`@vr/otel-instruments: ${name} failed; requests go on unmeasured`, error)
      reported = true
      return otherwise
    }
  }
}

/** {@link guard} for hooks that answer nothing. */
export function guardVoid<Args extends readonly unknown[]>(
  name: string,
  hook: (...args: Args) => void,
): (...args: Args) => void {
  return guard<Args, void>(name, hook, undefined)
}
