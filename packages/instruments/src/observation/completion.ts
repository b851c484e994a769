/** How a call ended: it returned or resolved with a result, or it threw or rejected. */
export type Completion =
  | { readonly threw: false; readonly result: unknown }
  | { readonly threw: true; readonly error: unknown }

/** Called when a call has ended; only its first call counts. */
export type OnCompletion = (how: Completion) => void
