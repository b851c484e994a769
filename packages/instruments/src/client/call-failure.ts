import type { AttemptFailure } from '../observation/attempt-outcome.ts'
import { resultOfError } from '../observation/call-observation.ts'
import { isInTimerCallback } from './timer-callback.ts'

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

/**
 * Returns why a call fails in the running code. An abort in the callback of a timer is a time limit of the application, or of its
 * client library: `openai` and `@anthropic-ai/sdk` abort without a reason.
 */
export function failureNow(error: unknown): AttemptFailure {
  const failure = failureOf(error)
  return failure === 'aborted' && isInTimerCallback() ? 'timed_out' : failure
}

function hasNetworkCode(error: unknown): boolean {
  try {
    const { code } = (error ?? {}) as { readonly code?: unknown }
    return typeof code === 'string' && !STREAM_CODE.test(code)
  } catch {
    return false
  }
}
