import type { IncomingMessage } from 'node:http'

/**
 * Returns why a call of `node:http` that has closed has not got all of its answer; `undefined` if it has. A call or answer
 * that the application gave up by itself, as `for await` does that is left early, has no error: it gets the one that
 * `fetch` has for that.
 */
export function failureOf(response: IncomingMessage | null | undefined): unknown {
  // An answer that breaks off has no event `error` unless the application listens for one.
  if (response?.errored != null) return response.errored
  return response?.complete ? undefined : new DOMException('the application gave up the call', 'AbortError')
}
