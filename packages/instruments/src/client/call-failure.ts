import type { AttemptFailure } from '../observation/attempt-outcome.ts'
import { resultOfError } from '../observation/call-observation.ts'

/** Codes of errors of the application's own streams: it has destroyed the body, for example because its client has left. */
const STREAM_CODE = /^ERR_STREAM_/

/**
 * Returns why a call failed. Errors of the network, of TLS, of the HTTP parser and of undici have a code; any other error is
 * one that the application aborted the call with.
 */
export function failureOf(error: unknown): AttemptFailure {
  const result = resultOfError(error)
  if (result === 'timed_out') return 'timed_out'
  return result === undefined || !hasNetworkCode(error) ? 'aborted' : 'broken'
}

function hasNetworkCode(error: unknown): boolean {
  try {
    const { code } = (error ?? {}) as { readonly code?: unknown }
    return typeof code === 'string' && !STREAM_CODE.test(code)
  } catch {
    return false
  }
}
